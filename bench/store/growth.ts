// What the embedded store costs when it holds ten times as much.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { Commit, SnapshotRead, Store } from '../../src/log/store.port.ts'
import { type BenchRow, median } from '../http/table.ts'
import { appendTo, commandId, createWork, streamName, type Work } from './workload.ts'

const sizes = [100_000, 1_000_000] as const
const eventsPerStream = 10
const documentsPerValue = 100
const repetitions = 3
const groupSize = 128

/** A store of a certain size while it is measured. */
interface Grown {
  readonly store: Store
  readonly work: Work
  readonly commands: number
}

interface Operation {
  readonly name: string
  /** How many times a second? `turn` counts the repetitions. */
  readonly measure: (grown: Grown, turn: number) => Promise<number>
}

const operations: readonly Operation[] = [
  { name: 'commit groups of 128', measure: ({ store, work }) => commitGroups(store, work, 20_000) },
  {
    name: 'load a stream of 10 events',
    measure: ({ store, commands }, turn) =>
      read(store, 10_000, (index) => ({
        kind: 'stream',
        stream: streamName(scatter(index + turn, commands / eventsPerStream)),
      })),
  },
  {
    name: 'load a stream of 100,000 events with a snapshot',
    measure: ({ store }) => read(store, 10_000, () => ({ kind: 'stream', stream: longStream })),
  },
  {
    name: 'look a command id up',
    measure: ({ store, commands }, turn) =>
      timed(20_000, async (index) => {
        await store.results([commandId(1 + scatter(index + turn, commands))])
      }),
  },
  {
    name: 'find 10 of 100 documents',
    measure: ({ store, commands }, turn) =>
      read(store, 5_000, (index) => ({
        kind: 'find',
        view: 'items',
        index: 'by-shelf',
        value: scatter(index + turn, commands / eventsPerStream / documentsPerValue),
        limit: 10,
      })),
  },
]

const longStream = 'item/long'
const longLength = 100_000

/** Measures each operation at both sizes; the ratio is to the smaller one. */
export async function measureGrowth(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = []
  for (const commands of sizes) rows.push(...(await measureSize(commands, rows)))
  return rows
}

async function measureSize(
  commands: number,
  smaller: readonly BenchRow[],
): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(import.meta.dirname, '.data-'))
  const store = await sqliteStores({ folder }).open('bench', { partitions: 1 })
  try {
    const streams = commands / eventsPerStream
    const work = createWork(streams)
    await fillLongStream(store)
    await commitGroups(store, work, commands)
    await fillDocuments(store, streams)
    const rows: BenchRow[] = []
    for (const operation of operations) {
      rows.push(await measureOperation(operation, { store, work, commands }, smaller))
    }
    return rows
  } finally {
    await store[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureOperation(
  { name, measure }: Operation,
  grown: Grown,
  before: readonly BenchRow[],
): Promise<BenchRow> {
  const speeds: number[] = []
  for (let turn = 0; turn < repetitions; turn += 1) speeds.push(await measure(grown, turn))
  const smaller = before.find((row) => row.name.startsWith(name))
  const perSecond = median(speeds)
  return {
    name: `${name}, ${grown.commands.toLocaleString('en-US')} commands`,
    perSecond,
    perSecondMin: Math.min(...speeds),
    perSecondMax: Math.max(...speeds),
    p50Ms: 1_000 / perSecond,
    ...(smaller === undefined ? {} : { ratio: perSecond / smaller.perSecond }),
  }
}

async function commitGroups(store: Store, work: Work, commits: number): Promise<number> {
  const groups = Math.ceil(commits / groupSize)
  const perSecond = await timed(groups, () => commitAll(store, work.next(groupSize)))
  return perSecond * groupSize
}

async function commitAll(store: Store, batch: readonly Commit[]): Promise<void> {
  const verdicts = await store.commit(batch)
  assert.ok(verdicts.every(({ kind }) => kind === 'committed'))
}

async function fillLongStream(store: Store): Promise<void> {
  for (let version = 0; version < longLength; version += groupSize) {
    const batch = Array.from({ length: groupSize }, (_, index) =>
      appendTo(longStream, version + index, 0),
    )
    await commitAll(store, batch)
  }
  const expected = Math.ceil(longLength / groupSize) * groupSize
  const snapshot = {
    stream: longStream,
    expected,
    next: expected + 1,
    state: '{}',
    stateVersion: 1,
  }
  await commitAll(store, [{ streams: [snapshot] }, appendTo(longStream, expected + 1, 0)])
}

async function fillDocuments(store: Store, end: number): Promise<void> {
  for (let index = 0; index < end; index += groupSize) {
    const count = Math.min(groupSize, end - index)
    const documents = Array.from({ length: count }, (_, offset) => {
      const shelf = Math.floor((index + offset) / documentsPerValue)
      const value = JSON.stringify({ shelf, remark: 'x'.repeat(200) })
      const rows = [['by-shelf', shelf]] as const
      return { view: 'items', key: streamName(index + offset), expected: 0, value, index: rows }
    })
    await commitAll(store, [{ documents }])
  }
}

function read(
  store: Store,
  times: number,
  request: (index: number) => SnapshotRead,
): Promise<number> {
  return timed(times, async (index) => {
    const [answer] = await store.snapshot([request(index)])
    const isFound = answer?.kind === 'stream' ? answer.stream.version > 0 : answer?.documents.length
    assert.ok(isFound)
  })
}

/** How many times a second something happens, one after the other. */
async function timed(times: number, action: (index: number) => Promise<void>): Promise<number> {
  const begun = performance.now()
  for (let index = 0; index < times; index += 1) await action(index)
  return times / ((performance.now() - begun) / 1_000)
}

/** A number below `limit`, far from the one of the next index. */
function scatter(index: number, limit: number): number {
  return (index * 48_271) % limit
}
