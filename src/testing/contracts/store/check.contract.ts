import assert from 'node:assert/strict'
import type { Commit, DocumentCheck } from '../../../log/store.port.ts'
import { getDocument, put } from './document-samples.ts'
import { commitAll, kindsOf, readEverything, type StorePromise } from './trial.ts'

const place = { view: 'items', key: 'k' } as const

function checking(expected: number, commit: Commit = {}): Commit {
  return { ...commit, checkDocuments: [{ ...place, expected }] }
}

const absent: DocumentCheck = { view: 'items', key: 'none', expected: 0 }

/** What a store promises about documents that a commit rests on and does not write. */
export const checkPromises: readonly StorePromise[] = [
  {
    promise: 'changes nothing of a document that a commit only checks',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ documents: [put('k', 'red')] }])
      const before = await readEverything(store, trial)

      const verdicts = await store.commit([
        { checkDocuments: [{ ...place, expected: 1 }, absent] },
        checking(1),
      ])

      assert.deepEqual(verdicts, [
        { kind: 'committed', positions: [] },
        { kind: 'committed', positions: [] },
      ])
      assert.deepEqual(await readEverything(store, trial), before)
    },
  },
  {
    promise: 'applies a commit only while the documents that it checks are as expected',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ documents: [put('k')] }])
      const later = { ...place, expected: 1, value: '2' }

      const verdicts = await store.commit([
        trial.append('a', 0, checking(0)),
        trial.append('b', 0, checking(1)),
        { documents: [later] },
        trial.append('c', 0, checking(1)),
        trial.append('d', 0, checking(2)),
        { checkDocuments: [{ ...absent, expected: 3 }] },
      ])

      const facts = { kind: 'conflict', on: 'document', name: 'items/k' } as const
      assert.deepEqual(verdicts[0], { ...facts, expected: 0, actual: 1 })
      assert.deepEqual(verdicts[3], { ...facts, expected: 1, actual: 2 })
      assert.deepEqual(verdicts[5], { ...facts, name: 'items/none', expected: 3, actual: 0 })
      assert.deepEqual(kindsOf(verdicts), [
        'conflict',
        'committed',
        'committed',
        'conflict',
        'committed',
        'conflict',
      ])
    },
  },
  {
    promise: 'names a checked document after the documents that are written, and before cursors',
    async check(trial) {
      await using store = await trial.open()
      const cursor = { consumer: 'view', source: 'order', incarnation: 'i', partition: 0 } as const
      const cursors = [{ ...cursor, expected: 4, position: 5 }]

      const verdicts = await store.commit([
        checking(1, { documents: [{ ...put('written'), expected: 1 }], cursors }),
        checking(1, { cursors }),
      ])

      assert.deepEqual(
        verdicts.map((verdict) => verdict.kind === 'conflict' && verdict.name),
        ['items/written', 'items/k'],
      )
    },
  },
  {
    promise: 'compares a checked document of a view that the same commit clears as not there',
    async check(trial) {
      await using store = await trial.open()
      await commitAll(store, [{ documents: [put('k')] }])

      const first = await store.commit([checking(1, { clearViews: ['items'] })])
      const then = await store.commit([checking(0, { clearViews: ['items'] }), checking(0)])

      assert.deepEqual(kindsOf([...first, ...then]), ['conflict', 'committed', 'committed'])
    },
  },
  {
    promise: 'conflicts with a check that rests on a commit which was not applied, not the reverse',
    async check(trial) {
      await using store = await trial.open()
      const gone: Commit = { fireTimers: ['gone'] }

      const verdicts = await store.commit([
        { ...gone, documents: [put('k')] },
        checking(0),
        checking(0, trial.append('a', 0)),
        trial.append('a', 0),
        { ...gone, checkDocuments: [absent] },
        { documents: [put('none')] },
      ])

      assert.deepEqual(kindsOf(verdicts), [
        'conflict',
        'conflict',
        'conflict',
        'conflict',
        'conflict',
        'committed',
      ])
    },
  },
  {
    promise: 'begins a document at the version that its writer chose, and counts on from there',
    async check(trial) {
      await using store = await trial.open()
      const first = 0xffff_ffff_ffff
      const write = { ...place, value: '1' }

      const made = await store.commit([{ documents: [{ ...write, expected: 0, first }] }])
      const stale = await store.commit([{ documents: [{ ...write, expected: 1 }] }])
      const next = { ...write, expected: first, value: '2' }
      const moved = await store.commit([{ documents: [next] }])

      assert.deepEqual(kindsOf([...made, ...stale, ...moved]), [
        'committed',
        'conflict',
        'committed',
      ])
      assert.deepEqual(await getDocument(store, 'k'), [
        { key: 'k', version: first + 1, value: '2' },
      ])
    },
  },
]
