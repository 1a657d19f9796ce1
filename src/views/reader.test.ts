import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { DureError } from '../language/errors.ts'
import type { Reader } from '../language/service.ts'
import { view } from '../language/view.ts'
import { eventTypesOf } from '../log/stored-event.ts'
import type { Commit, NewEntry, SnapshotRead, Store } from '../log/store.port.ts'
import { createReader, findLimit } from './reader.ts'

const Sum = z.object({ cents: z.int() })
const Till = contract('till', { commands: { add: { input: Sum } }, events: { Added: Sum } })
const Drawer = aggregate(Till, 'drawer', {
  key: () => 'd',
  initial: () => ({ cents: 0 }),
  decide: { add: (_drawer, command) => Till.Added(command) },
  evolve: { Added: (drawer, { cents }) => ({ cents: drawer.cents + cents }) },
})
const Items = view('items', {
  document: z.object({ colour: z.string(), size: z.int() }),
  indexes: { colour: (item) => item.colour, size: (item) => item.size },
})

interface Bench {
  readonly store: Store
  readonly read: Reader
  /** The reads of each snapshot that was taken. */
  readonly snapshots: (readonly SnapshotRead[])[]
}

async function openBench(...commits: readonly Commit[]): Promise<Bench> {
  const inner = await memoryStores().open('till', { partitions: 1 })
  await inner.commit(commits)
  const snapshots: (readonly SnapshotRead[])[] = []
  const store: Store = {
    ...inner,
    snapshot(reads) {
      snapshots.push(reads)
      return inner.snapshot(reads)
    },
  }
  const types = eventTypesOf([Till])
  const viewName = ({ name }: { name: string }): string => `${name}@1`
  return {
    store: inner,
    snapshots,
    read: createReader({ service: 'till', store, types, viewName }),
  }
}

function item(key: string, colour: string, size: number): Commit {
  const value = JSON.stringify({ colour, size })
  const index = [['colour', colour] as const, ['size', size] as const]
  return { documents: [{ view: 'items@1', key, expected: 0, value, index }] }
}

function added(from: number, count: number): Commit {
  const entries = Array.from({ length: count }, (_, index): NewEntry => {
    const facts = { kind: 'event', type: 'till.Added', schemaVersion: 1, key: 'd' } as const
    const place = { stream: 'drawer/d', streamVersion: from + index + 1, partition: 0 }
    return { ...facts, ...place, data: '{"cents":1}', meta: '{}', atMs: 1 }
  })
  return { streams: [{ stream: 'drawer/d', expected: from, next: from + count }], entries }
}

describe('a reader', () => {
  it('gives a document under the stored name of its view, or nothing', async () => {
    const { read } = await openBench(item('a', 'red', 1))

    assert.deepEqual(await read.get(Items, 'a'), { colour: 'red', size: 1 })
    assert.equal(await read.get(Items, 'b'), undefined)
  })

  it('answers reads that are asked for together from one snapshot, each with its own answer', async () => {
    const { read, snapshots } = await openBench(
      item('a', 'red', 1),
      item('b', 'blue', 2),
      added(0, 3),
    )

    const answers = await Promise.all([
      read.get(Items, 'a'),
      read.find(Items, { colour: 'blue' }),
      read.list(Items),
      read.state(Drawer, 'd'),
      read.get(Items, 'none'),
    ])

    assert.equal(snapshots.length, 1)
    assert.deepEqual(answers, [
      { colour: 'red', size: 1 },
      [{ key: 'b', document: { colour: 'blue', size: 2 } }],
      [
        { key: 'a', document: { colour: 'red', size: 1 } },
        { key: 'b', document: { colour: 'blue', size: 2 } },
      ],
      { cents: 3 },
      undefined,
    ])
  })

  it('sees nothing of what is committed between two reads of one snapshot', async () => {
    const { read, store, snapshots } = await openBench(added(0, 10_500))

    const reading = Promise.all([read.state(Drawer, 'd'), read.list(Items)])
    while (snapshots.length === 0) await Promise.resolve()
    await store.commit([added(10_500, 7), item('a', 'red', 1)])

    const [state, items] = await reading
    assert.deepEqual([state, items.length], [{ cents: 10_500 }, 0])
  })

  it('takes a new snapshot for what is asked for later', async () => {
    const { read, store, snapshots } = await openBench()
    const before = await read.get(Items, 'a')
    await store.commit([item('a', 'red', 1)])

    const after = await read.get(Items, 'a')

    assert.deepEqual([before, after, snapshots.length], [undefined, { colour: 'red', size: 1 }, 2])
  })

  it('gives found and listed documents page by page, ordered by key', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, '0')}`)
    const { read } = await openBench(
      ...keys.map((key, index) => item(key, index % 2 ? 'odd' : 'even', index)),
    )

    const pages: string[][] = []
    for (let after: string | undefined; ; ) {
      const options = after === undefined ? { limit: 5 } : { limit: 5, after }
      const page = await read.find(Items, { colour: 'even' }, options)
      if (page.length === 0) break
      pages.push(page.map(({ key }) => key))
      after = page.at(-1)?.key
    }

    assert.deepEqual(
      pages.flat(),
      keys.filter((_key, index) => index % 2 === 0),
    )
    assert.deepEqual(
      pages.map(({ length }) => length),
      [5, 5, 3],
    )
    const tail = await read.list(Items, { after: 'k22' })
    assert.deepEqual(
      tail.map(({ key }) => key),
      ['k23', 'k24'],
    )
  })

  it('gives no more than it is asked for, a hundred without a limit, and never more than its maximum', async () => {
    const { read, snapshots } = await openBench()
    for (const limit of [undefined, 7, 0, -5, 1_000_000]) {
      await read.list(Items, limit === undefined ? {} : { limit })
    }

    const limits = snapshots.flat().map((each) => ('limit' in each ? each.limit : 0))
    assert.deepEqual(limits, [100, 7, 1, 1, findLimit.max])
  })

  it('tells a number and a text of an index apart', async () => {
    const { read } = await openBench(item('a', '1', 1))

    const counts = await Promise.all([
      read.find(Items, { size: 1 }),
      read.find(Items, { size: '1' }),
      read.find(Items, { colour: '1' }),
      read.find(Items, { colour: 1 }),
    ])

    assert.deepEqual(
      counts.map(({ length }) => length),
      [1, 0, 1, 0],
    )
  })

  it('refuses a find by no index, by two, or by one that the view does not have', async () => {
    const { read } = await openBench(item('a', 'red', 1))
    const strange: object = { weight: 1 }
    const wheres = [{}, { colour: 'red', size: 1 }, strange]

    for (const where of wheres) {
      await assert.rejects(async () => read.find(Items, where), {
        code: 'LANGUAGE_DEFINITION_INVALID',
      })
    }
  })

  it('gives the state of an instance, and nothing when it has no events', async () => {
    const { read } = await openBench(added(0, 2))

    assert.deepEqual(await read.state(Drawer, 'd'), { cents: 2 })
    assert.equal(await read.state(Drawer, 'other'), undefined)
  })

  it('asks a copy that may be late only for views that follow a log, and only where that will do', async () => {
    const inner = await memoryStores().open('till', { partitions: 1 })
    const asked: string[] = []
    const store: Store = {
      ...inner,
      snapshot: (reads) => (asked.push('present'), inner.snapshot(reads)),
      snapshotLate: (reads) => (asked.push('late'), inner.snapshot(reads)),
    }
    const Inline = view('inline', { document: z.object({}), consistency: 'inline' })
    const options = { service: 'till', store, types: eventTypesOf([Till]) }
    const viewName = ({ name }: { name: string }): string => name
    const late = createReader({ ...options, viewName, mayBeLate: true })
    const present = createReader({ ...options, viewName })

    await late.get(Items, 'a')
    await late.list(Items)
    await late.get(Inline, 'a')
    await late.state(Drawer, 'd')
    await Promise.all([late.get(Items, 'a'), late.get(Inline, 'a')])
    await present.get(Items, 'a')

    assert.deepEqual(asked, ['late', 'late', 'present', 'present', 'present', 'present'])
  })

  it('fails every read of a snapshot that fails, and none after it', async () => {
    const { store } = await openBench(item('a', 'red', 1))
    let fails = true
    const flaky: Store = {
      ...store,
      async snapshot(reads) {
        if (fails) throw new DureError('STORE_UNAVAILABLE', 'The store is away.')
        return store.snapshot(reads)
      },
    }
    const read = createReader({
      service: 'till',
      store: flaky,
      types: new Map(),
      viewName: () => 'items@1',
    })

    const failed = await Promise.allSettled([read.get(Items, 'a'), read.list(Items)])
    fails = false

    assert.deepEqual(
      failed.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.deepEqual(await read.get(Items, 'a'), { colour: 'red', size: 1 })
  })
})
