import assert from 'node:assert/strict'
import type { Store } from '../../../log/store.port.ts'
import { commitAll, kindsOf, readEverything, type StorePromise, type StoreTrial } from './trial.ts'

async function fill(store: Store, trial: StoreTrial): Promise<void> {
  await commitAll(store, [
    {
      ...trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1', result: '"r1"', state: '"s1"' }),
      documents: [
        { view: 'items', key: 'k1', expected: 0, value: '1', index: [['by-colour', 'red']] },
      ],
      cursors: [
        {
          consumer: 'view',
          source: 'order',
          incarnation: 'i1',
          partition: 0,
          expected: 0,
          position: 4,
        },
      ],
      setTimers: [{ id: 't1', atMs: 10, data: '{}' }],
      park: [
        {
          id: 'm1',
          consumer: 'view',
          source: 'order',
          partition: 0,
          position: 4,
          key: 'k',
          envelope: '{}',
          code: 'C',
          reason: 'r',
          attempts: 1,
          atMs: 5,
        },
      ],
    },
    trial.append('item/1', 1, { count: 3 }),
  ])
}

function everyMethod(store: Store, trial: StoreTrial): readonly (() => Promise<unknown>)[] {
  return [
    () => store.commit([trial.append('item/7', 0)]),
    () => store.commit([]),
    () => store.read({ partition: 0, after: 0, limit: 1 }),
    () => store.streamEvents({ stream: 'item/1', after: 0, limit: 1 }),
    () => store.heads(),
    () => store.results(['c1']),
    () => store.snapshot([{ kind: 'stream', stream: 'item/1' }]),
    () => store.dueTimers(1, 1),
    () => store.nextTimer(),
    () => store.countTimers(),
    () => store.cursors(),
    () => store.parked({ limit: 1 }),
  ]
}

/** What every provider promises about opening, closing and erasing. */
export const lifetimePromises: readonly StorePromise[] = [
  {
    promise: 'keeps everything over closing and opening again, and goes on where it was',
    async check(trial) {
      const first = await trial.open()
      await fill(first, trial)
      const before = await readEverything(first, trial)
      const stream = await first.snapshot([{ kind: 'stream', stream: 'item/1' }])
      const { incarnation } = first
      await first[Symbol.asyncDispose]()

      await using second = await trial.open()

      assert.equal(second.incarnation, incarnation)
      assert.equal(second.partitions, trial.partitions)
      assert.deepEqual(await readEverything(second, trial), before)
      assert.deepEqual(await second.snapshot([{ kind: 'stream', stream: 'item/1' }]), stream)
      const verdicts = await second.commit([
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1' }),
      ])
      assert.deepEqual(verdicts, [{ kind: 'duplicate', result: '"r1"' }])
      const next = await second.commit([trial.append('item/1', 4)])
      assert.deepEqual(next, [{ kind: 'committed', positions: [5] }])
    },
  },
  {
    promise: 'keeps the stores of services apart',
    async check(trial) {
      await using stock = await trial.open('stock')
      await using order = await trial.open('order')
      await fill(stock, trial)

      const verdicts = await order.commit([
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'other' }),
      ])

      assert.notEqual(order.incarnation, stock.incarnation)
      assert.deepEqual(verdicts, [{ kind: 'committed', positions: [1] }])
      assert.deepEqual(await order.parked({ limit: 1 }), [])
    },
  },
  {
    promise: 'begins anew, as another incarnation, after it was erased',
    async check(trial) {
      const first = await trial.open()
      await using other = await trial.open('order')
      await commitAll(other, [trial.append('order/1', 0)])
      await fill(first, trial)
      await first[Symbol.asyncDispose]()

      await trial.stores.erase('stock')
      await trial.stores.erase('stock')
      await trial.stores.erase('never-opened')
      await using second = await trial.open()

      assert.notEqual(second.incarnation, first.incarnation)
      assert.deepEqual(
        await second.heads(),
        Array.from({ length: trial.partitions }, () => 0),
      )
      assert.equal((await second.results(['c1'])).size, 0)
      await fill(second, trial)
      const [answer] = await other.snapshot([{ kind: 'stream', stream: 'order/1' }])
      assert.ok(answer?.kind === 'stream' && answer.stream.version === 1)
    },
  },
  {
    promise: 'may be opened with another number of partitions only after it was erased',
    async check(trial) {
      const first = await trial.open()
      await first[Symbol.asyncDispose]()
      const wider = { partitions: trial.partitions + 1 }

      await assert.rejects(trial.stores.open('stock', wider), { code: 'STORE_UNAVAILABLE' })

      await using unchanged = await trial.open()
      assert.equal(unchanged.partitions, trial.partitions)
      await unchanged[Symbol.asyncDispose]()
      await trial.stores.erase('stock')
      await using second = await trial.stores.open('stock', wider)
      assert.equal((await second.heads()).length, trial.partitions + 1)
    },
  },
  {
    promise: 'answers nothing after it was closed, and may be closed twice',
    async check(trial) {
      const store = await trial.open()
      await fill(store, trial)

      await store[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()

      for (const method of everyMethod(store, trial)) {
        await assert.rejects(method, { code: 'STORE_CLOSED' })
      }
      await using again = await trial.open()
      assert.equal((await again.snapshot([{ kind: 'stream', stream: 'item/7' }])).length, 1)
    },
  },
  {
    promise: 'shares no objects with its callers',
    async check(trial) {
      await using store = await trial.open()
      const commit = trial.append('item/1', 0, { setTimers: [{ id: 't', atMs: 1, data: '1' }] })
      await commitAll(store, [commit])

      for (const given of [...(commit.entries ?? []), ...(commit.setTimers ?? [])]) {
        Object.assign(given, { data: '"changed"', atMs: 9 })
      }

      const partition = trial.partitionOf('item/1')
      const read = await store.read({ partition, after: 0, limit: 1 })
      assert.equal(read[0]?.data, '{}')
      assert.deepEqual(await store.dueTimers(5, 5), [{ id: 't', atMs: 1, data: '1' }])
    },
  },
]

/** What a provider promises whose stores are open in one place only. */
export const exclusivePromises: readonly StorePromise[] = [
  {
    promise: 'refuses to open or erase a store that is open, and leaves it usable',
    async check(trial) {
      const first = await trial.open()
      await fill(first, trial)

      await assert.rejects(trial.open(), { code: 'STORE_LOCKED' })
      await assert.rejects(trial.stores.erase('stock'), { code: 'STORE_LOCKED' })

      assert.deepEqual(kindsOf(await first.commit([trial.append('item/1', 4)])), ['committed'])
      await first[Symbol.asyncDispose]()
      await using second = await trial.open()
      assert.equal((await second.results(['c1'])).size, 1)
    },
  },
]

/** What a provider promises whose stores may be open in several places. */
export const sharedPromises: readonly StorePromise[] = [
  {
    promise: 'serialises the commits of all who have a store open, without gaps',
    async check(trial) {
      await using one = await trial.open()
      await using other = await trial.open()
      const partition = trial.partitionOf('item/1')

      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? one : other).commit([
            trial.append(`stream/${index}`, 0),
            trial.append('item/1', 0, { data: String(index) }),
          ]),
        ),
      )

      const won = outcomes.filter((verdicts) => verdicts[1]?.kind === 'committed')
      assert.equal(won.length, 1)
      assert.equal(one.incarnation, other.incarnation)
      assert.deepEqual(await one.heads(), await other.heads())
      assert.equal(
        (await other.heads()).reduce((sum, head) => sum + head, 0),
        41,
      )
      const entries = await one.read({ partition, after: 0, limit: 100 })
      assert.ok(entries.every(({ position }, index) => position === index + 1))
    },
  },
  {
    promise: 'hints, where it does, that somebody else has committed, until the watch is ended',
    async check(trial) {
      await using one = await trial.open()
      await using other = await trial.open()
      let woken = 0
      const end = one.watch?.(() => (woken += 1))
      // A watch begins some time after it was asked for, and a hint comes some time after a commit.
      for (let version = 0; end !== undefined && woken < 2; version += 1) {
        assert.ok(version < 20_000, 'no hint came')
        await commitAll(other, [trial.append('item/1', version)])
      }
      end?.()
      end?.()

      assert.deepEqual(await one.heads(), await other.heads())
    },
  },
]
