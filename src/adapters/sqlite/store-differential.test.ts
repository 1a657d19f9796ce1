// Random batches against the model in memory and against SQLite: the same verdicts, the same reads.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type {
  Commit,
  CursorMove,
  DocumentWrite,
  NewEntry,
  SnapshotRead,
  Store,
  StoreProvider,
  StreamWrite,
} from '../../log/store.port.ts'
import { memoryStores } from '../memory/store.ts'
import { sqliteStores } from './stores.ts'

const runs = 300
const partitions = 3
const names = ['a', 'b', 'a\u0000', '🙂', '\uffff', 'ab'] as const

const name = fc.constantFrom(...names)
const small = fc.integer({ min: 0, max: 4 })
const json = fc.string({ unit: 'binary', maxLength: 12 })
const indexValue = fc.oneof(name, fc.constantFrom(0, 1, 1.5, -3), fc.constant('1'))
const indexRows = fc.array(fc.tuple(fc.constantFrom('x', 'y'), indexValue), { maxLength: 3 })
/** How far an expectation is from what the model holds: mostly it is right. */
const drift = fc.oneof(
  { arbitrary: fc.constant(0), weight: 12 },
  { arbitrary: fc.constantFrom(-1, 1, 2), weight: 1 },
)

/** A list of parts in which each key comes once; one list of `share` is there at all. */
function listOf<T>(
  part: fc.Arbitrary<T>,
  key: (part: T) => string,
  share = 2,
): fc.Arbitrary<readonly T[]> {
  const list = fc.uniqueArray(part, { selector: key, minLength: 1, maxLength: 3 })
  return fc.oneof({ arbitrary: fc.constant([]), weight: share - 1 }, { arbitrary: list, weight: 1 })
}

const streamPlan = fc.record({
  stream: name,
  drift,
  /** One version each; a version has an event or not. */
  events: fc.array(fc.boolean(), { maxLength: 3 }),
  snapshot: fc.option(fc.record({ state: json, stateVersion: small }), { nil: {} }),
})
const message = fc.record({
  kind: fc.constantFrom('command' as const, 'reply' as const),
  type: name,
  schemaVersion: small,
  key: name,
  partition: fc.nat({ max: partitions - 1 }),
  to: name,
  data: json,
  meta: json,
  atMs: fc.nat(),
})
const documentPlan = fc.record({
  view: fc.constantFrom('v', 'w'),
  key: name,
  drift,
  value: fc.option(json, { nil: undefined, freq: 4 }),
  index: indexRows,
  unindex: indexRows,
})
const cursorPlan = fc.record({
  consumer: name,
  source: fc.constantFrom('s', 't'),
  incarnation: fc.constantFrom('i1', 'i1', 'i2'),
  partition: fc.nat({ max: 1 }),
  drift,
  position: small,
})
const timer = fc.record({ id: name, atMs: fc.nat({ max: 5 }), data: json })
const parked = fc.record({
  id: name,
  consumer: name,
  source: name,
  partition: small,
  position: fc.nat(),
  key: name,
  envelope: json,
  code: json,
  reason: json,
  attempts: small,
  atMs: fc.nat(),
})
const identity = fc.record({
  id: fc.constantFrom(...Array.from({ length: 20 }, (_, index) => `c${index}`)),
  fingerprint: fc.constantFrom('f', 'f', 'f', 'g'),
  result: json,
})

const plan = fc.record({
  identity: fc.option(identity, { nil: {}, freq: 3 }),
  streams: listOf(streamPlan, ({ stream }) => stream),
  messages: listOf(message, ({ data }) => data),
  documents: listOf(documentPlan, ({ view, key }) => `${view} ${key}`),
  cursors: listOf(cursorPlan, (each) => `${each.consumer} ${each.source} ${each.partition}`, 4),
  setTimers: listOf(timer, ({ id }) => id),
  cancelTimers: listOf(name, (id) => id, 4),
  fireTimers: listOf(name, (id) => id, 8),
  park: listOf(parked, ({ id }) => id, 4),
  unpark: listOf(name, (id) => id, 8),
  clearViews: listOf(fc.constantFrom('v', 'w'), (view) => view, 8),
})
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never

/** A batch, or a restart. */
const step = fc.oneof(
  { arbitrary: fc.array(plan, { minLength: 1, maxLength: 4 }), weight: 9 },
  { arbitrary: fc.constant('reopen' as const), weight: 1 },
)

describe('SQLite and the model in memory', () => {
  it('give the same verdicts and the same reads', async (context) => {
    const folder = await mkdtemp(join(fastFolder(), 'dure-differential-'))
    context.after(() => rm(folder, { recursive: true, force: true }))
    const kinds = new Map<string, number>()

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        await using model = await openTwin(memoryStores())
        await using subject = await openTwin(sqliteStores({ folder }))
        for (const each of steps) {
          if (each === 'reopen') await Promise.all([model.reopen(), subject.reopen()])
          else
            for (const kind of await compare(model.store, subject.store, each)) count(kinds, kind)
        }
      }),
      { numRuns: runs },
    )

    context.diagnostic(JSON.stringify(Object.fromEntries(kinds)))
    assert.deepEqual([...kinds.keys()].toSorted(), everyKind)
  })
})

/** The disk is not what is compared: where there is a folder in memory, the runs are ten times as fast. */
function fastFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
}

/** What random batches must come to, or they have not tried enough. */
const everyKind = [
  'committed',
  'conflict cursor',
  'conflict document',
  'conflict parked',
  'conflict stream',
  'conflict timer',
  'duplicate',
  'refused',
]

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** A store that can be closed and opened again, and is erased in the end. */
interface Twin extends AsyncDisposable {
  store: Store
  reopen(): Promise<void>
}

async function openTwin(stores: StoreProvider): Promise<Twin> {
  const twin: Twin = {
    store: await stores.open('stock', { partitions }),
    async reopen() {
      await twin.store[Symbol.asyncDispose]()
      twin.store = await stores.open('stock', { partitions })
    },
    async [Symbol.asyncDispose]() {
      await twin.store[Symbol.asyncDispose]()
      await stores.erase('stock')
    },
  }
  return twin
}

async function compare(model: Store, subject: Store, plans: readonly Plan[]): Promise<string[]> {
  const batch = await Promise.all(plans.map((each) => toCommit(model, each)))
  const expected = await model.commit(batch)
  const actual = await subject.commit(batch)
  assert.deepEqual(actual, expected)
  assert.deepEqual(await readAll(subject), await readAll(model))
  return actual.map((verdict) =>
    verdict.kind === 'conflict' ? `conflict ${verdict.on}` : verdict.kind,
  )
}

/** The commit of a plan, expecting what the model holds before the batch, give or take. */
async function toCommit(model: Store, plan: Plan): Promise<Commit> {
  const { identity, streams, messages, documents, cursors, ...rest } = plan
  const changes = await Promise.all(streams.map((each) => toStreamChange(model, each)))
  return {
    ...identity,
    ...rest,
    streams: changes.map(({ write }) => write),
    entries: [...changes.flatMap(({ entries }) => entries), ...messages],
    documents: await Promise.all(documents.map((each) => toDocumentWrite(model, each))),
    cursors: await Promise.all(cursors.map((each) => toCursorMove(model, each))),
  }
}

async function toStreamChange(
  model: Store,
  { stream, drift, events, snapshot }: Plan['streams'][number],
): Promise<{ readonly write: StreamWrite; readonly entries: readonly NewEntry[] }> {
  const [answer] = await model.snapshot([{ kind: 'stream', stream }])
  const actual = answer?.kind === 'stream' ? answer.stream.version : 0
  const expected = Math.max(0, actual + drift)
  const entries = events.flatMap((hasEvent, index): NewEntry[] =>
    hasEvent ? [eventOf(stream, expected + index + 1)] : [],
  )
  const moved = events.length > 0 ? snapshot : {}
  return { write: { stream, expected, next: expected + events.length, ...moved }, entries }
}

async function toDocumentWrite(
  model: Store,
  { drift, value, ...plan }: Plan['documents'][number],
): Promise<DocumentWrite> {
  const [answer] = await model.snapshot([{ kind: 'get', view: plan.view, key: plan.key }])
  const actual = answer?.kind === 'documents' ? (answer.documents[0]?.version ?? 0) : 0
  const expected = Math.max(0, actual + drift)
  return { ...plan, expected, ...(value === undefined ? {} : { value }) }
}

async function toCursorMove(
  model: Store,
  { drift, ...plan }: Plan['cursors'][number],
): Promise<CursorMove> {
  const stored = (await model.cursors()).find(
    ({ consumer, source, incarnation, partition }) =>
      consumer === plan.consumer &&
      source === plan.source &&
      incarnation === plan.incarnation &&
      partition === plan.partition,
  )
  return { ...plan, expected: Math.max(0, (stored?.position ?? 0) + drift) }
}

function eventOf(stream: string, streamVersion: number): NewEntry {
  return {
    kind: 'event',
    type: 'service.Happened',
    schemaVersion: 1,
    stream,
    streamVersion,
    key: stream,
    partition: stream.length % partitions,
    data: String(streamVersion),
    meta: '{}',
    atMs: 1,
  }
}

const reads: readonly SnapshotRead[] = [
  ...names.map((stream) => ({ kind: 'stream', stream }) as const),
  { kind: 'list', view: 'v', limit: 99 },
  { kind: 'list', view: 'w', after: 'a', limit: 2 },
  { kind: 'get', view: 'w', key: 'ab' },
  ...['a', '🙂', 0, 1, '1', 1.5].flatMap((value) =>
    ['x', 'y'].map((index) => ({ kind: 'find', view: 'v', index, value, limit: 3 }) as const),
  ),
  { kind: 'find', view: 'w', index: 'x', value: 1, after: 'a\u0000', limit: 9 },
]

async function readAll(store: Store): Promise<unknown> {
  const all = [0, 1, 2]
  return {
    heads: await store.heads(),
    entries: await Promise.all(
      all.map((partition) => store.read({ partition, after: 0, limit: 99 })),
    ),
    page: await store.read({ partition: 1, after: 2, limit: 3 }),
    events: await Promise.all(
      names.map((stream) => store.streamEvents({ stream, after: 1, limit: 2 })),
    ),
    answers: await store.snapshot(reads),
    results: await store.results(['c1', 'c2', 'c3', 'c4', 'c21']),
    due: await store.dueTimers(3, 4),
    timers: [await store.nextTimer(), await store.countTimers()],
    cursors: await store.cursors(),
    parked: await store.parked({ after: 'a', limit: 3 }),
  }
}
