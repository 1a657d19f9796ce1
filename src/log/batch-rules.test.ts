import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertBatch, UnappliedWrites } from './batch-rules.ts'
import { type Commit, type NewEntry, storeTextMax } from './store.port.ts'

const long = 'x'.repeat(storeTextMax + 1)
const entry: NewEntry = {
  kind: 'event',
  type: 't',
  schemaVersion: 1,
  key: 'k',
  partition: 0,
  data: '{}',
  meta: '{}',
  atMs: 1,
}
const parked = {
  id: 'm',
  consumer: 'c',
  source: 's',
  partition: 0,
  position: 1,
  key: 'k',
  envelope: long,
  code: 'C',
  reason: 'r',
  attempts: 1,
  atMs: 1,
}
const tooLong: readonly Commit[] = [
  { result: long },
  { entries: [{ ...entry, data: long }] },
  { entries: [{ ...entry, meta: long }] },
  { streams: [{ stream: 's', expected: 0, next: 1, state: long }] },
  { documents: [{ view: 'v', key: 'k', expected: 0, value: long }] },
  { setTimers: [{ id: 't', atMs: 1, data: long }] },
  { park: [parked] },
]

describe('the rules of a batch', () => {
  it('refuse a text that is longer than a store takes, wherever it is', () => {
    for (const commit of tooLong) {
      assert.throws(() => assertBatch([{}, commit], 1), { code: 'LOG_ENTRY_TOO_LARGE' })
    }
    assertBatch([{ result: long.slice(1) }, { entries: [entry] }], 1)
  })

  it('refuse an entry for a partition that the log does not have', () => {
    for (const partition of [-1, 1, Number.NaN]) {
      const batch = [{ entries: [{ ...entry, partition }] }]
      assert.throws(() => assertBatch(batch, 1), { code: 'INTERNAL_DEFECT' })
    }
  })
})

describe('writes that were not applied', () => {
  it('know the streams and documents that a commit would have written', () => {
    const writes = new UnappliedWrites()

    writes.add({
      streams: [
        { stream: 'written', expected: 1, next: 2 },
        { stream: 'checked', expected: 1, next: 1 },
      ],
      documents: [{ view: 'v', key: 'k', expected: 0 }],
      clearViews: ['cleared'],
    })

    assert.deepEqual([writes.hasStream('written'), writes.hasStream('checked')], [true, false])
    assert.deepEqual(
      [writes.hasDocument('v', 'k'), writes.hasDocument('v', 'other')],
      [true, false],
    )
    assert.ok(writes.hasDocument('cleared', 'anything'))
  })
})
