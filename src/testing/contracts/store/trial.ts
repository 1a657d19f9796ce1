import assert from 'node:assert/strict'
import type { Commit, NewEntry, Store, StoreProvider, Verdict } from '../../../log/store.port.ts'

/** One promise of a store, as text for the reference and as a check. */
export interface StorePromise {
  readonly promise: string
  readonly check: (trial: StoreTrial) => Promise<void>
}

export interface AppendOptions extends Partial<Commit> {
  /** How many events the commit adds to the stream; 1 without it. */
  readonly count?: number
  /** JSON of the state after the commit. */
  readonly state?: string
  readonly data?: string
}

/** Stores under test, and what a check needs to write commits for them. */
export interface StoreTrial {
  readonly stores: StoreProvider
  readonly partitions: number
  /** Opens the store of a service; `stock` without a name. */
  open(service?: string): Promise<Store>
  /** The partition of a key: the same for the same key. */
  partitionOf(key: string): number
  /** A commit that adds events to a stream which is at `expected`. */
  append(stream: string, expected: number, options?: AppendOptions): Commit
}

/** Prepares the checks of one provider of stores. */
export function createTrial(stores: StoreProvider, partitions: number): StoreTrial {
  const partitionOf = (key: string): number =>
    Array.from(key).reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % partitions

  return {
    stores,
    partitions,
    partitionOf,
    open: (service = 'stock') => stores.open(service, { partitions }),
    append(stream, expected, { count = 1, state, data = '{}', ...commit } = {}) {
      const next = expected + count
      const snapshot = state === undefined ? {} : { state, stateVersion: 1 }
      const entries = Array.from({ length: count }, (_, index) =>
        sampleEvent(stream, expected + 1 + index, { partition: partitionOf(stream), data }),
      )
      return { streams: [{ stream, expected, next, ...snapshot }], entries, ...commit }
    },
  }
}

/** An event of a stream. */
export function sampleEvent(
  stream: string,
  streamVersion: number,
  facts: Partial<NewEntry> & { readonly partition: number },
): NewEntry {
  return {
    kind: 'event',
    type: 'stock.Reserved',
    schemaVersion: 1,
    stream,
    streamVersion,
    key: stream,
    data: '{}',
    meta: '{}',
    atMs: 1_700_000_000_000,
    ...facts,
  }
}

/** An entry that is for another service. */
export function sampleOrder(facts: Partial<NewEntry> & { readonly partition: number }): NewEntry {
  return {
    kind: 'command',
    type: 'payment.pay',
    schemaVersion: 1,
    key: 'order-1',
    to: 'payment',
    data: '{}',
    meta: '{}',
    atMs: 1_700_000_000_000,
    ...facts,
  }
}

/** What each commit of a batch came to. */
export function kindsOf(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.map(({ kind }) => kind)
}

/** Commits what has to be there before the act of a check. */
export async function commitAll(store: Store, batch: readonly Commit[]): Promise<void> {
  const verdicts = await store.commit(batch)
  assert.deepEqual(
    verdicts.filter(({ kind }) => kind !== 'committed'),
    [],
  )
}

/** Everything that a store can be asked for: two stores with the same answers hold the same. */
export async function readEverything(store: Store, trial: StoreTrial): Promise<unknown> {
  const partitions = Array.from({ length: trial.partitions }, (_, partition) => partition)
  return {
    heads: await store.heads(),
    entries: await Promise.all(
      partitions.map((partition) => store.read({ partition, after: 0, limit: 1_000 })),
    ),
    documents: await store.snapshot([
      { kind: 'list', view: 'items', limit: 1_000 },
      { kind: 'list', view: 'orders', limit: 1_000 },
      { kind: 'find', view: 'items', index: 'by-colour', value: 'red', limit: 1_000 },
    ]),
    timers: await store.dueTimers(Number.MAX_SAFE_INTEGER, 1_000),
    cursors: await store.cursors(),
    parked: await store.parked({ limit: 1_000 }),
  }
}
