import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareTexts, createSortedList } from './sorted-list.ts'

describe('sorted list', () => {
  it('holds each value once, in order, whatever was added and removed', () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 20 }))
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const list = createSortedList<number>((one, other) => one - other)
        const model = new Set<number>()

        for (const [isAdded, value] of changes) {
          if (isAdded) list.add(value)
          else list.remove(value)
          if (isAdded) model.add(value)
          else model.delete(value)
        }

        const expected = [...model].toSorted((one, other) => one - other)
        assert.deepEqual(list.after(undefined, 100), expected)
        assert.equal(list.size, expected.length)
        assert.equal(list.first(), expected[0])
      }),
    )
  })

  it('goes on after a value, whether that is in the list or not', () => {
    const list = createSortedList<number>((one, other) => one - other)
    for (const value of [8, 2, 6, 4]) list.add(value)

    assert.deepEqual(list.after(4, 10), [6, 8])
    assert.deepEqual(list.after(5, 1), [6])
    assert.deepEqual(list.after(1, 2), [2, 4])
    assert.deepEqual(list.after(8, 10), [])
  })
})

describe('order of texts', () => {
  it('is that of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        const bytes = Buffer.compare(Buffer.from(one), Buffer.from(other))

        assert.equal(Math.sign(compareTexts(one, other)), bytes)
      }),
      { numRuns: 2_000, examples: [['\uffff', '🙂'] as [string, string]] },
    )
  })
})
