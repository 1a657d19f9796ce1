import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { fingerprint, partitionOf } from './fingerprint.ts'

describe('a fingerprint', () => {
  it('is the same for the same text, on every machine and in every version', () => {
    assert.deepEqual(
      ['', 'a', 'b', 'stock.reserve {"item":"tea"}'].map((text) => fingerprint(text)),
      ['wvjl67o803', '262p94epp1d', '2dic9ba9q67', '2cmint6h8x1'],
    )
  })

  it('tells a hundred thousand similar texts apart', () => {
    const texts = Array.from({ length: 100_000 }, (_, index) => `{"orderId":"o${index}"}`)

    assert.equal(new Set(texts.map((text) => fingerprint(text))).size, texts.length)
  })

  it('is short printable text', () => {
    fc.assert(fc.property(fc.string(), (text) => /^[0-9a-z]{1,11}$/.test(fingerprint(text))))
  })
})

describe('the partition of a key', () => {
  it('is one of those that there are, and always the same', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.integer({ min: 1, max: 64 }), (key, count) => {
        const partition = partitionOf(key, count)
        return partition >= 0 && partition < count && partitionOf(key, count) === partition
      }),
    )
    assert.deepEqual(
      ['item/1', 'item/2', 'order/a'].map((key) => partitionOf(key, 8)),
      [6, 3, 3],
    )
  })

  it('spreads keys evenly', () => {
    const counts = Array.from({ length: 8 }, () => 0)
    for (let index = 0; index < 8_000; index += 1) {
      const partition = partitionOf(`item/${index}`, 8)
      counts[partition] = (counts[partition] ?? 0) + 1
    }

    assert.ok(
      counts.every((count) => count > 800 && count < 1_200),
      counts.join(' '),
    )
  })
})
