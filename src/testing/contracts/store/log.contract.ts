import assert from 'node:assert/strict'
import type { Entry, Store } from '../../../log/store.port.ts'
import { commitAll, kindsOf, sampleEvent, sampleOrder, type StorePromise } from './trial.ts'

const awkward = 'nul:\u0000 umlaut:ä hangul:두레 emoji:👩‍🚀 private:\uffff quote:\'"\\ line:\n'

async function readAll(store: Store, partition: number, limit = 1_000): Promise<readonly Entry[]> {
  const all: Entry[] = []
  for (;;) {
    const after = all.at(-1)?.position ?? 0
    const page = await store.read({ partition, after, limit })
    assert.ok(page.length <= limit)
    if (page.length === 0) return all
    all.push(...page)
  }
}

function counted(entries: readonly Entry[]): boolean {
  return entries.every(({ position }, index) => position === index + 1)
}

/** What a store promises about the log: positions, order, partitions. */
export const logPromises: readonly StorePromise[] = [
  {
    promise: 'hands out positions from 1, in the order of the batch and of the entries in a commit',
    async check(trial) {
      await using store = await trial.open()
      const stream = 'item/1'
      const partition = trial.partitionOf(stream)

      const verdicts = await store.commit([
        trial.append(stream, 0, { count: 2 }),
        trial.append('item/9', 7),
        { entries: [sampleOrder({ partition, data: '"order"' })] },
        trial.append(stream, 2),
      ])

      assert.deepEqual(
        verdicts.map((each) => (each.kind === 'committed' ? each.positions : [])),
        [[1, 2], [], [3], [4]],
      )
      const entries = await readAll(store, partition)
      assert.deepEqual(
        entries.map(({ data, streamVersion }) => [data, streamVersion]),
        [
          ['{}', 1],
          ['{}', 2],
          ['"order"', undefined],
          ['{}', 3],
        ],
      )
    },
  },
  {
    promise: 'counts each partition by itself',
    async check(trial) {
      await using store = await trial.open()
      const last = trial.partitions - 1
      const entries = [0, last, 0, last, last].map((partition, index) =>
        sampleOrder({ partition, data: String(index) }),
      )

      const verdicts = await store.commit([{ entries }])

      const expected = last === 0 ? [1, 2, 3, 4, 5] : [1, 1, 2, 2, 3]
      assert.deepEqual(verdicts, [{ kind: 'committed', positions: expected }])
      const ofLast = await readAll(store, last)
      assert.deepEqual(
        ofLast.map(({ data }) => data),
        last === 0 ? ['0', '1', '2', '3', '4'] : ['1', '3', '4'],
      )
      const heads = Array.from({ length: trial.partitions }, () => 0)
      assert.deepEqual(await store.heads(), heads.with(0, 2).with(last, last === 0 ? 5 : 3))
    },
  },
  {
    promise: 'gives an entry back as it was written',
    async check(trial) {
      await using store = await trial.open()
      const partition = trial.partitionOf(awkward)
      const event = sampleEvent(awkward, 1, {
        partition,
        type: `stock.${awkward}`,
        schemaVersion: 3,
        key: awkward,
        data: JSON.stringify(awkward),
        meta: awkward,
        atMs: 1_699_999_999_999,
      })
      const order = sampleOrder({ partition, to: awkward, data: awkward, key: '' })
      const reply = sampleOrder({ partition, kind: 'reply', data: '' })

      await commitAll(store, [
        { streams: [{ stream: awkward, expected: 0, next: 1 }], entries: [event, order, reply] },
      ])

      const entries = await readAll(store, partition)
      assert.deepEqual(entries, [
        { ...event, position: 1 },
        { ...order, position: 2 },
        { ...reply, position: 3 },
      ])
    },
  },
  {
    promise: 'keeps texts of a megabyte as they are',
    async check(trial) {
      await using store = await trial.open()
      const data = JSON.stringify('두레'.repeat(180_000))

      await commitAll(store, [
        trial.append('item/1', 0, { data, state: data, id: 'c1', fingerprint: 'f', result: data }),
        { documents: [{ view: 'items', key: 'k', expected: 0, value: data }] },
      ])

      const [entry] = await store.read({
        partition: trial.partitionOf('item/1'),
        after: 0,
        limit: 1,
      })
      const [stream, documents] = await store.snapshot([
        { kind: 'stream', stream: 'item/1' },
        { kind: 'get', view: 'items', key: 'k' },
      ])
      assert.ok(entry?.data === data)
      assert.ok(stream?.kind === 'stream' && stream.stream.state === data)
      assert.ok(documents?.kind === 'documents' && documents.documents[0]?.value === data)
      assert.ok((await store.results(['c1'])).get('c1') === data)
    },
  },
  {
    promise: 'reads after a position, oldest first, no more than was asked for',
    async check(trial) {
      await using store = await trial.open()
      const partition = trial.partitionOf('item/1')
      await commitAll(store, [trial.append('item/1', 0, { count: 10 })])

      const page = await store.read({ partition, after: 3, limit: 4 })
      const rest = await store.read({ partition, after: 8, limit: 100 })
      const beyond = await store.read({ partition, after: 10, limit: 100 })
      const none = await store.read({ partition, after: 0, limit: 0 })

      assert.deepEqual(
        page.map(({ position }) => position),
        [4, 5, 6, 7],
      )
      assert.deepEqual(
        rest.map(({ position }) => position),
        [9, 10],
      )
      assert.deepEqual([beyond, none], [[], []])
    },
  },
  {
    promise: 'leaves no gap and breaks no order when many batches are committed at the same time',
    async check(trial) {
      await using store = await trial.open()
      const batches = Array.from({ length: 40 }, (_, batch) =>
        Array.from({ length: 5 }, (_, index) =>
          index === 2
            ? trial.append(`stream/${batch}`, 9)
            : trial.append(`stream/${batch}/${index}`, 0, {
                count: 1 + (index % 2),
                data: String(batch),
              }),
        ),
      )

      const verdicts = await Promise.all(batches.map((batch) => store.commit(batch)))

      const heads = await store.heads()
      for (const [partition, head] of heads.entries()) {
        const entries = await readAll(store, partition, 17)
        assert.equal(entries.length, head)
        assert.ok(counted(entries), 'positions have a gap')
        const batchOrder = entries.map(({ data }) => data)
        assert.equal(countRuns(batchOrder), new Set(batchOrder).size, 'batches are mixed')
      }
      assert.equal(
        heads.reduce((sum, head) => sum + head, 0),
        40 * 6,
      )
      for (const each of verdicts) {
        assert.deepEqual(kindsOf(each), [
          'committed',
          'committed',
          'conflict',
          'committed',
          'committed',
        ])
      }
    },
  },
  {
    promise: 'lets exactly one of many concurrent writers of a stream win',
    async check(trial) {
      await using store = await trial.open()

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.commit([trial.append('item/1', 0, { data: String(index) })]),
        ),
      )

      assert.equal(kindsOf(outcomes.flat()).filter((kind) => kind === 'committed').length, 1)
      assert.equal((await readAll(store, trial.partitionOf('item/1'))).length, 1)
    },
  },
  {
    promise: 'never lets a reader pass over an entry that is committed while it reads',
    async check(trial) {
      await using store = await trial.open()
      const partition = trial.partitionOf('item/1')
      const progress = { isWriting: true }
      const writing = Promise.all(
        Array.from({ length: 60 }, () => store.commit([{ entries: [sampleOrder({ partition })] }])),
      ).then(() => {
        progress.isWriting = false
      })

      const seen: number[] = []
      while (progress.isWriting) {
        const page = await store.read({ partition, after: seen.at(-1) ?? 0, limit: 7 })
        seen.push(...page.map(({ position }) => position))
      }
      await writing
      const rest = await store.read({ partition, after: seen.at(-1) ?? 0, limit: 100 })
      seen.push(...rest.map(({ position }) => position))

      assert.deepEqual(
        seen,
        Array.from({ length: 60 }, (_, index) => index + 1),
      )
    },
  },
]

function countRuns(values: readonly string[]): number {
  return values.filter((value, index) => value !== values[index - 1]).length
}
