// Group commit of business commands: commits that arrive while another group is written, or within one turn of
// the event loop, are written together, in one statement or transaction, each with its own verdict.
// Source: DeWitt et al., "Implementation Techniques for Main Memory Database Systems" (group commit).
import { DureError } from '../language/errors.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Commit, LogStore, Verdict } from './store.port.ts'

export interface GroupCommitLimits {
  /** Commits written together. */
  readonly groupMax: number
  /** Commits that wait. */
  readonly queueMax: number
  /** How often a group whose outcome is unknown is handed in again before the error is passed on. */
  readonly unknownRetriesMax: number
  /** Wait between those, in milliseconds. */
  readonly unknownRetryMs: number
}

export const groupCommitLimits: GroupCommitLimits = {
  groupMax: 512,
  queueMax: 50_000,
  unknownRetriesMax: 5,
  unknownRetryMs: 50,
}

/** What became of a commit: a verdict, or the failure that kept the whole group from being written. */
export type Settled = Verdict | { readonly kind: 'failed'; readonly error: unknown }

export interface GroupCommit {
  /**
   * Hands a commit in. `settle` is called once, in the order of submission, before any later commit is decided.
   *
   * @throws `COMMAND_QUEUE_FULL` when as many commits wait as may.
   */
  submit(commit: Commit, settle: (settled: Settled) => void): void
  /** Resolves when nothing waits and nothing is being written. */
  drained(): Promise<void>
  readonly waiting: number
  readonly commits: number
  readonly groups: number
}

interface Waiting {
  readonly commit: Commit
  readonly settle: (settled: Settled) => void
}

export interface GroupCommitOptions {
  readonly store: LogStore
  readonly clock: Clock
  readonly limits?: Partial<GroupCommitLimits>
}

/** Creates the group commit of one store. */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { store, clock } = options
  const limits = { ...groupCommitLimits, ...options.limits }
  let queue: Waiting[] = []
  let busy = false
  let commits = 0
  let groups = 0
  let drains: (() => void)[] = []

  function schedule(): void {
    busy = true
    clock.defer(() => void writeGroup())
  }

  async function writeGroup(): Promise<void> {
    const group = queue.length > limits.groupMax ? queue.splice(0, limits.groupMax) : queue
    if (group === queue) queue = []
    await settleGroup(group)
    if (queue.length > 0) return schedule()
    busy = false
    const waiting = drains
    drains = []
    for (const resolve of waiting) resolve()
  }

  async function settleGroup(group: readonly Waiting[]): Promise<void> {
    const settled = await write(group)
    groups += 1
    const failed = new Set<string>()
    for (const [index, { commit, settle }] of group.entries()) {
      const each = settled(index)
      if (each.kind === 'committed') commits += 1
      else for (const cell of cellsOf(commit)) failed.add(cell)
      settle(each)
    }
    if (failed.size > 0) dropDependents(failed)
  }

  /** Commits that wait and were decided on an effect that did not happen: they have to be decided again. */
  function dropDependents(failed: Set<string>): void {
    const kept: Waiting[] = []
    const dropped: (readonly [Waiting, string])[] = []
    for (const waiting of queue) {
      const cells = cellsOf(waiting.commit)
      const cell = cells.find((each) => failed.has(each))
      if (cell === undefined) {
        kept.push(waiting)
        continue
      }
      for (const each of cells) failed.add(each)
      dropped.push([waiting, cell])
    }
    queue = kept
    for (const [{ settle }, name] of dropped) {
      settle({ kind: 'conflict', on: 'stream', name, expected: 0, actual: 0 })
    }
  }

  async function write(group: readonly Waiting[]): Promise<(index: number) => Settled> {
    const batch = group.map(({ commit }) => commit)
    for (let attempt = 0; ; attempt += 1) {
      try {
        const verdicts = await store.commit(batch)
        return (index) => verdicts[index] ?? { kind: 'failed', error: missingVerdict() }
      } catch (error) {
        // Trap: only an unknown outcome is handed in again. Whatever was applied then answers as duplicate or
        // conflict, so nothing takes effect twice.
        if (!isUnknown(error) || attempt >= limits.unknownRetriesMax)
          return () => ({ kind: 'failed', error })
        await new Promise<void>((resolve) =>
          clock.after(limits.unknownRetryMs * 2 ** attempt, resolve),
        )
      }
    }
  }

  return {
    submit(commit, settle) {
      if (queue.length >= limits.queueMax) {
        throw new DureError(
          'COMMAND_QUEUE_FULL',
          `${queue.length} commits wait already. Slow down, and try again in a moment.`,
        )
      }
      queue.push({ commit, settle })
      if (!busy) schedule()
    },
    drained() {
      if (!busy && queue.length === 0) return Promise.resolve()
      return new Promise((resolve) => drains.push(resolve))
    },
    get waiting() {
      return queue.length
    },
    get commits() {
      return commits
    },
    get groups() {
      return groups
    },
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof DureError && error.code === 'LOG_COMMIT_UNKNOWN'
}

function missingVerdict(): DureError {
  return new DureError(
    'INTERNAL_DEFECT',
    'The store gave fewer verdicts than it was given commits.',
  )
}

/** Names of all versioned things that a commit writes or rests on. */
export function cellsOf(commit: Commit): string[] {
  const cells: string[] = []
  for (const { stream } of commit.streams ?? []) cells.push(`stream ${stream}`)
  for (const { view, key } of commit.documents ?? []) cells.push(`document ${view} ${key}`)
  for (const each of commit.cursors ?? []) {
    cells.push(`cursor ${each.consumer} ${each.source} ${each.partition}`)
  }
  return cells
}
