import { assertThat, DureError } from '../../language/errors.ts'
import type {
  Commit,
  Entry,
  LogFollower,
  SnapshotAnswer,
  SnapshotRead,
  Store,
  StoreProvider,
  StoreSupport,
  Verdict,
} from '../../log/store.port.ts'
import { commitBatch } from './store-commit.ts'
import {
  answerRead,
  createTables,
  listCursors,
  readStreamEvents,
  type StoreTables,
} from './store-tables.ts'

export interface MemoryStoresOptions {
  /** Makes the ids of incarnations; random ones without it. A simulation hands in its own. */
  readonly newId?: () => string
  /** Whether a store may be open several times, as one of a database server may. `false` by default. */
  readonly shared?: boolean
  /** Whether reads are also answered without waiting (`snapshotNow`), as by an embedded store. `false` by default. */
  readonly answersNow?: boolean
  /** Whether a store tells of everything that is committed (`follow`), as one that is tailed. `false` by default. */
  readonly tellsFollowers?: boolean
}

/** Stores that live as long as the provider: closing and opening again keeps what was stored. */
export interface MemoryStores extends StoreProvider {
  /** Closes every open store of a service as the end of its process would; what was answered is kept. */
  crash(service: string): void
}

interface Place {
  readonly tables: StoreTables
  /** What ends each open store. */
  readonly opened: Set<() => void>
  /** What open stores want to be called when another one has committed. */
  readonly watchers: Set<Watcher>
  /** Whom open stores tell of everything that any of them commits. */
  readonly followers: Set<Follower>
}

interface Follower {
  /** What ends the store that was asked. */
  readonly close: () => void
  readonly follower: LogFollower
}

interface Watcher {
  /** What ends the store that watches. */
  readonly close: () => void
  readonly wake: () => void
}

/** Keeps every store in this process: the reference of the port, for tests and simulations. */
export function memoryStores(options: MemoryStoresOptions = {}): MemoryStores {
  const newId = options.newId ?? ((): string => crypto.randomUUID())
  const isShared = options.shared ?? false
  const supports: StoreSupport = Object.freeze({ durable: false, shared: isShared })
  const places = new Map<string, Place>()
  const assertFree = (service: string, place: Place): void => {
    if (!isShared) assertClosed(service, place)
  }

  return {
    async open(service, { partitions }) {
      let place = places.get(service)
      if (place === undefined) {
        place = {
          tables: createTables(newId(), partitions),
          opened: new Set(),
          watchers: new Set(),
          followers: new Set(),
        }
        places.set(service, place)
      }
      assertFree(service, place)
      assertPartitions(service, place.tables.logs.length, partitions)
      return openStore(service, place, {
        supports,
        answersNow: options.answersNow ?? false,
        tellsFollowers: options.tellsFollowers ?? false,
      })
    },
    async erase(service) {
      const place = places.get(service)
      if (place) assertClosed(service, place)
      places.delete(service)
    },
    crash(service) {
      for (const close of places.get(service)?.opened ?? []) close()
    },
  }
}

function assertClosed(service: string, place: Place): void {
  if (place.opened.size === 0) return
  throw new DureError(
    'STORE_LOCKED',
    `The store of "${service}" is open already. Close it first: a store is open once.`,
    { details: { service } },
  )
}

function assertPartitions(service: string, stored: number, asked: number): void {
  assertThat(Number.isSafeInteger(asked) && asked > 0, `A log cannot have ${asked} partitions.`)
  if (stored === asked) return
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The log of "${service}" has ${stored} partitions, not ${asked}. Open it with ${stored}, or erase it first.`,
    { details: { service, stored, asked } },
  )
}

interface OpenOptions {
  readonly supports: StoreSupport
  readonly answersNow: boolean
  readonly tellsFollowers: boolean
}

function openStore(service: string, place: Place, options: OpenOptions): Store {
  const { supports, answersNow, tellsFollowers } = options
  const { tables, opened } = place
  let isOpen = true
  const close = (): void => {
    opened.delete(close)
    for (const each of place.watchers) if (each.close === close) place.watchers.delete(each)
    for (const each of place.followers) if (each.close === close) place.followers.delete(each)
    isOpen = false
  }
  const read = (): StoreTables => {
    if (isOpen) return tables
    throw new DureError('STORE_CLOSED', `The store of "${service}" is closed. Open it again.`)
  }
  const snapshot = (reads: readonly SnapshotRead[]): readonly SnapshotAnswer[] => {
    const now = read()
    return reads.map((each) => answerRead(now, each))
  }
  opened.add(close)

  return {
    supports,
    incarnation: tables.incarnation,
    partitions: tables.logs.length,
    commit: async (batch) => {
      const verdicts = commitBatch(read(), batch)
      for (const each of place.watchers) if (each.close !== close) queueMicrotask(each.wake)
      tellFollowers(place, committedEntries(batch, verdicts))
      return verdicts
    },
    ...(tellsFollowers && {
      follow: (follower) => follow(place, { close, follower }),
    }),
    ...(supports.shared && { watch: (wake) => watch(place, { close, wake }) }),
    read: async ({ partition, after, limit }) =>
      read().logs[partition]?.slice(after, after + limit) ?? [],
    streamEvents: async (request) => readStreamEvents(read(), request),
    heads: async () => read().logs.map((log) => log.length),
    results: async (ids) => resultsOf(read(), ids),
    snapshot: async (reads) => snapshot(reads),
    ...(answersNow && { snapshotNow: snapshot }),
    dueTimers: async (atMs, limit) => {
      const timers = read().timersByTime.after(undefined, limit)
      const late = timers.findIndex((timer) => timer.atMs > atMs)
      return late < 0 ? timers : timers.slice(0, late)
    },
    nextTimer: async () => read().timersByTime.first()?.atMs,
    countTimers: async () => read().timers.size,
    cursors: async () => listCursors(read()),
    parked: async ({ after, limit }) => {
      const { parked, parkedIds } = read()
      return parkedIds.after(after, limit).flatMap((id) => parked.get(id) ?? [])
    },
    [Symbol.asyncDispose]: async () => close(),
  }
}

function watch({ watchers }: Place, watcher: Watcher): () => void {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}

function follow({ followers }: Place, entry: Follower): AsyncDisposable {
  followers.add(entry)
  queueMicrotask(() => followers.has(entry) && entry.follower.begun())
  return { [Symbol.asyncDispose]: async () => void followers.delete(entry) }
}

function tellFollowers({ followers }: Place, entries: readonly Entry[]): void {
  if (entries.length === 0) return
  for (const each of followers)
    queueMicrotask(() => followers.has(each) && each.follower.told(entries))
}

function committedEntries(
  batch: readonly Commit[],
  verdicts: readonly Verdict[],
): readonly Entry[] {
  return batch.flatMap(({ entries = [] }, index) => {
    const verdict = verdicts[index]
    if (verdict?.kind !== 'committed') return []
    return entries.map((entry, at) => ({ ...entry, position: verdict.positions[at] ?? 0 }))
  })
}

function resultsOf({ commands }: StoreTables, ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    ids.flatMap((id) => {
      const command = commands.get(id)
      return command === undefined ? [] : [[id, command.result] as const]
    }),
  )
}
