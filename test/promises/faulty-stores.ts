// Stores that break a promise on purpose, and stores of a process that dies.
import { type MemoryStores, memoryStores } from '../../src/adapters/memory/store.ts'
import { DureError } from '../../src/language/errors.ts'
import type { Commit, Store, StoreProvider, Verdict } from '../../src/log/store.port.ts'

export type CommitBatch = (batch: readonly Commit[]) => Promise<readonly Verdict[]>

/** Stores of which some methods are changed. */
export function changedStores(
  inner: StoreProvider,
  change: (store: Store, name: string) => Partial<Store>,
): StoreProvider {
  return {
    erase: (name) => inner.erase(name),
    async open(name, options) {
      const store = await inner.open(name, options)
      return { ...store, ...change(store, name) }
    },
  }
}

/** Stores whose commits are changed on their way. */
export function changedCommits(
  inner: StoreProvider,
  change: (commit: CommitBatch, batch: readonly Commit[]) => Promise<readonly Verdict[]>,
): StoreProvider {
  return changedStores(inner, (store) => ({
    commit: (batch) => change(store.commit.bind(store), batch),
  }))
}

export interface Death {
  /** With which commit of the process it dies, counted from 1 over all services. */
  readonly atCommit: number
  /** Whether that commit is still written. Nobody learns of it. */
  readonly isWritten: boolean
}

export interface MortalStores extends StoreProvider {
  readonly isDead: boolean
  readonly commits: number
  /** Ends the process now. */
  kill(): void
}

/** A process that does not die by itself. */
export const never: Death = { atCommit: 0, isWritten: true }

/** The stores of a process that dies: from then on nothing can be read or written. */
export function mortalStores(inner: MemoryStores, death: Death = never): MortalStores {
  const state = { isDead: false, commits: 0 }

  function alive<A extends readonly unknown[], T>(
    run: (...all: A) => Promise<T>,
  ): (...all: A) => Promise<T> {
    return async (...all) => {
      if (state.isDead) throw dead()
      return run(...all)
    }
  }

  return {
    get isDead() {
      return state.isDead
    },
    get commits() {
      return state.commits
    },
    kill() {
      state.isDead = true
    },
    erase: (name) => inner.erase(name),
    async open(name, options) {
      if (state.isDead) throw dead()
      inner.crash(name)
      const store = await inner.open(name, options)
      return {
        ...store,
        commit: alive(async (batch: readonly Commit[]) => {
          state.commits += 1
          const isLast = state.commits === death.atCommit
          if (isLast) state.isDead = true
          if (isLast && !death.isWritten) throw dead()
          const verdicts = await store.commit(batch)
          if (isLast) throw dead()
          return verdicts
        }),
        read: alive(store.read.bind(store)),
        streamEvents: alive(store.streamEvents.bind(store)),
        heads: alive(store.heads.bind(store)),
        snapshot: alive(store.snapshot.bind(store)),
        dueTimers: alive(store.dueTimers.bind(store)),
        nextTimer: alive(store.nextTimer.bind(store)),
        cursors: alive(store.cursors.bind(store)),
        parked: alive(store.parked.bind(store)),
      }
    },
  }
}

function dead(): DureError {
  return new DureError('STORE_CLOSED', 'The process is dead.')
}

export interface RecordedStores extends StoreProvider {
  /** The same stores as another process finds them, when the last commits of each service were never written. */
  withoutLast(commits: number): Promise<MemoryStores>
}

/** Stores that remember every batch: what they hold can be made again, as far as one likes. */
export function recordedStores(): RecordedStores {
  const make = (): MemoryStores => memoryStores({ newId: () => 'the-only-incarnation' })
  const inner = make()
  const batches: Record<string, (readonly Commit[])[]> = {}
  const recorded = changedStores(inner, (store, name) => ({
    async commit(batch) {
      const verdicts = await store.commit(batch)
      batches[name] = [...(batches[name] ?? []), structuredClone(batch)]
      return verdicts
    },
  }))
  return {
    ...recorded,
    async withoutLast(commits) {
      const replayed = make()
      // One moment for all services: what comes meanwhile is of a life that has ended.
      for (const [name, all] of Object.entries({ ...batches })) {
        await using store = await replayed.open(name, { partitions: 1 })
        for (const batch of all.slice(0, all.length - commits)) await store.commit(batch)
      }
      return replayed
    },
  }
}
