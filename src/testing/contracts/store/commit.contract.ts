import assert from 'node:assert/strict'
import { storeTextMax } from '../../../log/store.port.ts'
import { commitAll, kindsOf, readEverything, type StorePromise } from './trial.ts'

/** What a store promises about batches, command ids and verdicts. */
export const commitPromises: readonly StorePromise[] = [
  {
    promise: 'gives each commit of a batch its own verdict, in the order of the batch',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1' })])

      const verdicts = await store.commit([
        trial.append('item/2', 0),
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1' }),
        trial.append('item/3', 7),
        trial.append('item/4', 0, { id: 'c1', fingerprint: 'other' }),
        trial.append('item/5', 0),
      ])

      assert.deepEqual(kindsOf(verdicts), [
        'committed',
        'duplicate',
        'conflict',
        'refused',
        'committed',
      ])
    },
  },
  {
    promise: 'answers an empty batch with no verdicts',
    async check(trial) {
      await using store = await trial.open()

      assert.deepEqual(await store.commit([]), [])
    },
  },
  {
    promise: 'applies a command id once and answers its repetition with the first result',
    async check(trial) {
      await using store = await trial.open()
      const first = { id: 'c1', fingerprint: 'f1', result: '{"n":1}' }
      await commitAll(store, [trial.append('item/1', 0, first)])
      const before = await readEverything(store, trial)

      const again = await store.commit([
        trial.append('item/1', 1, { ...first, result: '{"n":2}' }),
        trial.append('item/9', 0, { ...first, result: '{"n":3}' }),
      ])

      assert.deepEqual(again, [
        { kind: 'duplicate', result: '{"n":1}' },
        { kind: 'duplicate', result: '{"n":1}' },
      ])
      assert.deepEqual(await readEverything(store, trial), before)
    },
  },
  {
    promise: 'knows a used id before it looks at anything that is not as expected',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1', result: '1' }),
      ])
      await commitAll(store, [trial.append('item/1', 1)])

      const verdicts = await store.commit([
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1' }),
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f2' }),
      ])

      assert.deepEqual(verdicts, [{ kind: 'duplicate', result: '1' }, { kind: 'refused' }])
    },
  },
  {
    promise: 'refuses a used id with another payload and does nothing',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [trial.append('item/1', 0, { id: 'c1', fingerprint: 'f1' })])
      const before = await readEverything(store, trial)

      const verdicts = await store.commit([
        trial.append('item/1', 1, { id: 'c1', fingerprint: 'f2', result: '2' }),
      ])

      assert.deepEqual(verdicts, [{ kind: 'refused' }])
      assert.deepEqual(await readEverything(store, trial), before)
    },
  },
  {
    promise: 'knows a repeated id inside one batch',
    async check(trial) {
      await using store = await trial.open()
      const named = { id: 'c1', fingerprint: 'f1', result: '"first"' }

      const verdicts = await store.commit([
        trial.append('item/1', 0, named),
        trial.append('item/2', 0, named),
        trial.append('item/3', 0, { ...named, fingerprint: 'f2' }),
      ])

      assert.deepEqual(kindsOf(verdicts), ['committed', 'duplicate', 'refused'])
      assert.deepEqual(verdicts[1], { kind: 'duplicate', result: '"first"' })
    },
  },
  {
    promise: 'forgets the id of a commit that conflicted: it may be tried again',
    async check(trial) {
      await using store = await trial.open()
      const named = { id: 'c1', fingerprint: 'f1', result: '1' }

      const first = await store.commit([trial.append('item/1', 5, named)])
      const known = await store.results(['c1'])
      const second = await store.commit([trial.append('item/1', 0, named)])

      assert.deepEqual(kindsOf([...first, ...second]), ['conflict', 'committed'])
      assert.equal(known.size, 0)
    },
  },
  {
    promise: 'remembers the id of a commit that changes nothing else',
    async check(trial) {
      await using store = await trial.open()
      const refusal = { id: 'c1', fingerprint: 'f1', result: '{"ok":false}' }

      const verdicts = await store.commit([refusal, refusal])

      assert.deepEqual(verdicts, [
        { kind: 'committed', positions: [] },
        { kind: 'duplicate', result: '{"ok":false}' },
      ])
    },
  },
  {
    promise: 'applies a commit without an id as often as it is given',
    async check(trial) {
      await using store = await trial.open()

      const verdicts = await store.commit([trial.append('item/1', 0), trial.append('item/1', 1)])

      assert.deepEqual(kindsOf(verdicts), ['committed', 'committed'])
    },
  },
  {
    promise: 'gives the results of those ids that took effect, and of no others',
    async check(trial) {
      await using store = await trial.open()
      const named = (id: string, result: string) => ({ id, fingerprint: 'f', result })
      await store.commit([
        trial.append('item/1', 0, named('c1', '1')),
        trial.append('item/2', 5, named('c2', '2')),
        trial.append('item/1', 1, named('c3', '3')),
      ])

      const results = await store.results(['c3', 'c2', 'c1', 'c0', 'c1'])

      assert.deepEqual(
        [...results].toSorted(([one], [other]) => (one < other ? -1 : 1)),
        [
          ['c1', '1'],
          ['c3', '3'],
        ],
      )
      assert.equal((await store.results([])).size, 0)
    },
  },
  {
    promise: 'finds a thousand command ids at once',
    async check(trial) {
      await using store = await trial.open()
      const ids = Array.from({ length: 1_000 }, (_, index) => `c${index}`)
      await commitAll(
        store,
        ids.map((id) => ({ id, fingerprint: 'f', result: id })),
      )

      const results = await store.results([...ids, 'unknown'])

      assert.equal(results.size, 1_000)
      assert.ok(ids.every((id) => results.get(id) === id))
    },
  },
  {
    promise: 'applies nothing of a batch that holds a text longer than it takes, and stays usable',
    async check(trial) {
      await using store = await trial.open()
      const before = await readEverything(store, trial)

      const outcome = store.commit([
        trial.append('item/1', 0, { id: 'c1', fingerprint: 'f' }),
        trial.append('item/2', 0, { data: 'x'.repeat(storeTextMax + 1) }),
      ])

      await assert.rejects(outcome, { code: 'LOG_ENTRY_TOO_LARGE' })
      assert.deepEqual(await readEverything(store, trial), before)
      await commitAll(store, [trial.append('item/1', 0, { id: 'c1', fingerprint: 'f' })])
    },
  },
]
