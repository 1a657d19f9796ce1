import assert from 'node:assert/strict'
import type { Commit, ParkedMessage } from '../../../log/store.port.ts'
import { commitAll, kindsOf, readEverything, type StorePromise, type StoreTrial } from './trial.ts'

const cursor = { consumer: 'view', source: 'order', incarnation: 'i1', partition: 0 } as const
const wait = { id: 't1', atMs: 10, data: '{}' }
const parked: ParkedMessage = {
  id: 'view/order/0/4',
  consumer: 'view',
  source: 'order',
  partition: 0,
  position: 4,
  key: 'k',
  envelope: '{}',
  code: 'EVENT_REFUSED',
  reason: 'because',
  attempts: 1,
  atMs: 5,
}

/** One commit with the parts of several. */
function join(...commits: readonly Commit[]): Commit {
  const joined: Record<string, unknown> = {}
  const parts: [string, unknown][] = commits.flatMap((commit) => Object.entries(commit))
  for (const [part, value] of parts) {
    const before = joined[part]
    joined[part] = Array.isArray(before) && Array.isArray(value) ? before.concat(value) : value
  }
  return joined
}

/** A commit that changes one thing of every kind. */
function everyKind(trial: StoreTrial): Commit {
  return {
    ...trial.append('item/9', 0, { id: 'c9', fingerprint: 'f9', state: '{}' }),
    documents: [
      { view: 'items', key: 'k9', expected: 0, value: '9', index: [['by-colour', 'red']] },
    ],
    cursors: [{ ...cursor, consumer: 'policy', expected: 0, position: 3 }],
    setTimers: [{ ...wait, id: 't9' }],
    cancelTimers: ['t1'],
    park: [{ ...parked, id: 'view/order/0/9' }],
    clearViews: ['orders'],
  }
}

/** One commit per kind of conflict, and what the verdict says. */
function conflicts(): readonly (readonly [Commit, object])[] {
  return [
    [
      { streams: [{ stream: 'item/1', expected: 2, next: 3 }] },
      { on: 'stream', name: 'item/1', expected: 2, actual: 1 },
    ],
    [
      { documents: [{ view: 'items', key: 'k1', expected: 0, value: '2' }] },
      { on: 'document', name: 'items/k1', expected: 0, actual: 1 },
    ],
    [
      { cursors: [{ ...cursor, expected: 4, position: 8 }] },
      { on: 'cursor', name: 'view/order/0', expected: 4, actual: 7 },
    ],
    [{ fireTimers: ['t0'] }, { on: 'timer', name: 't0', expected: 1, actual: 0 }],
    [
      { unpark: ['view/order/0/1'] },
      { on: 'parked', name: 'view/order/0/1', expected: 1, actual: 0 },
    ],
  ]
}

function prepared(trial: StoreTrial): Commit {
  return {
    ...trial.append('item/1', 0),
    documents: [
      { view: 'items', key: 'k1', expected: 0, value: '1', index: [['by-colour', 'red']] },
      { view: 'orders', key: 'o1', expected: 0, value: '1' },
    ],
    cursors: [{ ...cursor, expected: 0, position: 7 }],
    setTimers: [wait],
    park: [parked],
  }
}

/** What a store promises about commits that find something not as they expect. */
export const conflictPromises: readonly StorePromise[] = [
  {
    promise: 'says what was not as expected, and keeps nothing of a commit that conflicts',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [prepared(trial)])
      const before = await readEverything(store, trial)

      for (const [conflicting, facts] of conflicts()) {
        const verdicts = await store.commit([join(everyKind(trial), conflicting)])

        assert.deepEqual(verdicts, [{ kind: 'conflict', ...facts }])
        assert.deepEqual(await readEverything(store, trial), before)
        assert.equal((await store.results(['c9'])).size, 0)
      }
      const [stream] = await store.snapshot([{ kind: 'stream', stream: 'item/9' }])
      assert.ok(stream?.kind === 'stream' && stream.stream.version === 0)
    },
  },
  {
    promise: 'keeps the other commits of a batch in which one conflicts',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [prepared(trial)])

      for (const [index, [conflicting]] of conflicts().entries()) {
        const verdicts = await store.commit([
          trial.append(`before/${index}`, 0),
          join(everyKind(trial), conflicting),
          trial.append(`after/${index}`, 0),
        ])

        assert.deepEqual(kindsOf(verdicts), ['committed', 'conflict', 'committed'])
      }
      const total = (await store.heads()).reduce((sum, head) => sum + head, 0)
      assert.equal(total, 11)
    },
  },
  {
    promise: 'names the first difference: streams, documents, cursors, timers, parked messages',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [prepared(trial)])
      const cases = conflicts()

      for (const first of cases.keys()) {
        const all = cases.slice(first).map(([commit]) => commit)
        const [verdict] = await store.commit([join(...all)])

        assert.deepEqual(verdict, { kind: 'conflict', ...cases[first]?.[1] })
      }
    },
  },
  {
    promise:
      'conflicts with a commit that rests on one before it in the batch which was not applied',
    async check(trial) {
      await using store = await trial.open()
      const used = { id: 'c1', fingerprint: 'f1' }
      await commitAll(store, [trial.append('item/1', 0, used), trial.append('item/2', 0)])

      for (const failed of [
        trial.append('item/1', 1, used),
        trial.append('item/1', 1, { ...used, fingerprint: 'other' }),
        trial.append('item/1', 1, { fireTimers: ['gone'] }),
      ]) {
        const verdicts = await store.commit([
          failed,
          trial.append('item/1', 1),
          trial.append('item/2', 9),
        ])

        assert.notEqual(verdicts[0]?.kind, 'committed')
        assert.deepEqual(verdicts[1], {
          kind: 'conflict',
          on: 'stream',
          name: 'item/1',
          expected: 1,
          actual: 1,
        })
      }
      await commitAll(store, [trial.append('item/1', 1), trial.append('item/2', 1)])
    },
  },
  {
    promise: 'carries such a conflict on to the commits that rest on it in turn, and to no others',
    async check(trial) {
      await using store = await trial.open()
      const both = (stream: string, other: string): Commit => {
        const [one, two] = [trial.append(stream, 0), trial.append(other, 0)]
        return { streams: [...(one.streams ?? []), ...(two.streams ?? [])] }
      }

      const verdicts = await store.commit([
        trial.append('a', 0, { fireTimers: ['gone'] }),
        both('a', 'b'),
        both('b', 'c'),
        { streams: [{ stream: 'c', expected: 0, next: 0 }] },
        trial.append('d', 0),
        { id: 'c1', fingerprint: 'f', setTimers: [wait] },
      ])

      assert.deepEqual(kindsOf(verdicts), [
        'conflict',
        'conflict',
        'conflict',
        'conflict',
        'committed',
        'committed',
      ])
    },
  },
  {
    promise:
      'does not count a stream that was only checked, nor a batch before, as such a conflict',
    async check(trial) {
      await using store = await trial.open()
      const checksOnly = { streams: [{ stream: 'a', expected: 0, next: 0 }], fireTimers: ['gone'] }

      const first = await store.commit([checksOnly, trial.append('a', 0)])
      const second = await store.commit([trial.append('b', 0, { fireTimers: ['gone'] })])
      const third = await store.commit([trial.append('b', 0)])

      assert.deepEqual(kindsOf([...first, ...second, ...third]), [
        'conflict',
        'committed',
        'conflict',
        'committed',
      ])
    },
  },
  {
    promise: 'conflicts over documents, and over cleared views, of a commit that was not applied',
    async check(trial) {
      await using store = await trial.open()
      const write = (view: string, key: string): Commit => ({
        documents: [{ view, key, expected: 0, value: '1' }],
      })

      const verdicts = await store.commit([
        { ...write('items', 'k1'), clearViews: ['orders'], fireTimers: ['gone'] },
        write('items', 'k1'),
        write('items', 'k2'),
        write('orders', 'o1'),
      ])

      assert.deepEqual(verdicts.slice(1), [
        { kind: 'conflict', on: 'document', name: 'items/k1', expected: 0, actual: 0 },
        { kind: 'committed', positions: [] },
        { kind: 'conflict', on: 'document', name: 'orders/o1', expected: 0, actual: 0 },
      ])
    },
  },
  {
    promise: 'takes the removal of a document that is not there as a check that it is not',
    async check(trial) {
      await using store = await trial.open()
      const absent = { view: 'items', key: 'a', expected: 0 }
      const there = { view: 'items', key: 'b', expected: 0, value: '1' }
      await commitAll(store, [{ documents: [there] }])

      const verdicts = await store.commit([
        { documents: [absent] },
        { documents: [{ view: 'items', key: 'b', expected: 0 }] },
        { documents: [{ ...absent, value: '2' }] },
      ])

      assert.deepEqual(kindsOf(verdicts), ['committed', 'conflict', 'committed'])
      const [listed] = await store.snapshot([{ kind: 'list', view: 'items', limit: 10 }])
      assert.deepEqual(
        listed?.kind === 'documents' && listed.documents.map(({ key, value }) => [key, value]),
        [
          ['a', '2'],
          ['b', '1'],
        ],
      )
    },
  },
  {
    promise: 'answers a used id as such even when it rests on a commit that was not applied',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1', result: '1' }),
      ])

      const verdicts = await store.commit([
        trial.append('item/1', 1, { fireTimers: ['gone'] }),
        trial.append('item/1', 1, { id: 'c1', fingerprint: 'f1' }),
      ])

      assert.deepEqual(verdicts[1], { kind: 'duplicate', result: '1' })
    },
  },
]
