import assert from 'node:assert/strict'
import type { Entry, Store } from '../../../log/store.port.ts'
import { commitAll, sampleOrder, type StorePromise } from './trial.ts'

/** Somebody who is told, and what a check waits for. */
interface Told extends AsyncDisposable {
  readonly entries: readonly Entry[]
  /** Resolves when the last of these entries was told. */
  until(data: string): Promise<void>
}

async function follow(store: Store): Promise<Told> {
  const entries: Entry[] = []
  const begun = Promise.withResolvers<void>()
  let onTold = (): void => undefined
  const following = store.follow?.({
    begun: () => begun.resolve(),
    told: (more) => {
      entries.push(...more)
      onTold()
    },
    ended: (reason) => begun.reject(new assert.AssertionError({ message: reason })),
  })
  assert.ok(following, 'The store has no `follow`.')
  await begun.promise
  return {
    entries,
    until: (data) =>
      new Promise((resolve) => {
        onTold = () => {
          if (entries.some((entry) => entry.data === data)) resolve()
        }
        onTold()
      }),
    [Symbol.asyncDispose]: () => following[Symbol.asyncDispose](),
  }
}

const order = (partition: number, index: number): ReturnType<typeof sampleOrder> =>
  sampleOrder({ partition, key: `key-${index}`, data: JSON.stringify({ index }) })
const dataOf = (index: number): string => JSON.stringify({ index })

/** What a store promises that tells of its log. */
export const followPromises: readonly StorePromise[] = [
  {
    promise: 'tells whoever follows of everything that is committed, as the log has it',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ entries: [order(0, 0)] }])
      await using told = await follow(store)
      const last = trial.partitions - 1
      const awkward = sampleOrder({ partition: last, key: '두레', data: '"nul:\u0000 \uffff"' })

      await commitAll(store, [
        trial.append('item/1', 0, { count: 2 }),
        { entries: [order(0, 1), awkward] },
      ])
      await commitAll(store, [{ entries: [order(last, 2), order(0, 3)] }])

      await told.until(dataOf(3))
      for (let partition = 0; partition < trial.partitions; partition += 1) {
        const after = partition === 0 ? 1 : 0
        const log = await store.read({ partition, after, limit: 1_000 })
        assert.deepEqual(
          told.entries.filter((entry) => entry.partition === partition),
          log,
        )
      }
    },
  },
  {
    promise: 'tells of what others who have the store open commit, in the order of positions',
    async check(trial) {
      await using store = await trial.open()
      await using other = store.supports.shared ? await trial.open() : store
      await using told = await follow(store)
      const count = 20

      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          commitAll(index % 2 === 0 ? store : other, [{ entries: [order(0, index)] }]),
        ),
      )

      const log = await store.read({ partition: 0, after: 0, limit: 1_000 })
      await told.until(log.at(-1)?.data ?? '')
      assert.equal(log.length, count)
      assert.deepEqual(told.entries, log)
    },
  },
  {
    promise: 'tells of nothing that was not committed, and of nothing twice',
    async check(trial) {
      await using store = await trial.open()
      await using told = await follow(store)
      const once = { id: 'once', fingerprint: 'f', result: '1', entries: [order(0, 1)] }

      await store.commit([once, { ...once, fingerprint: 'other' }])
      await store.commit([once, trial.append('item/1', 7), { entries: [order(0, 2)] }])

      await told.until(dataOf(2))
      assert.deepEqual(
        told.entries.map(({ data }) => data),
        [dataOf(1), dataOf(2)],
      )
    },
  },
  {
    promise: 'tells nobody any more who has ended it, or whose store is closed',
    async check(trial) {
      await using writer = await trial.open()
      const reader = writer.supports.shared ? await trial.open() : writer
      const ended = await follow(writer)
      const closed = await follow(reader)
      await using told = await follow(writer)

      await ended[Symbol.asyncDispose]()
      if (reader !== writer) await reader[Symbol.asyncDispose]()
      else await closed[Symbol.asyncDispose]()
      await commitAll(writer, [{ entries: [order(0, 1)] }])

      await told.until(dataOf(1))
      assert.deepEqual([ended.entries, closed.entries], [[], []])
    },
  },
]
