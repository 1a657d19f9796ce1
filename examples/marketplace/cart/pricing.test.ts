import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type OpenLine, type PriceChange, repriceLine } from './pricing.ts'

const line: OpenLine = {
  sellerId: 1,
  productId: 1,
  productName: 'lamp',
  unitPriceCents: 1_000,
  freightCents: 150,
  quantity: 3,
  voucherCents: 0,
  version: '0',
  addedAtMs: 100,
  change: 0,
}

function change(number: number, priceCents: number, more: Partial<PriceChange> = {}): PriceChange {
  return { number, priceCents, version: '0', atMs: 100 + number, ...more }
}

function amounts({ unitPriceCents, voucherCents }: OpenLine): readonly number[] {
  return [unitPriceCents, voucherCents]
}

describe('an open line after price changes', () => {
  it('offsets a rise with its voucher', () => {
    assert.deepEqual(amounts(repriceLine(line, [change(1, 1_250)])), [1_250, 250])
  })

  it('takes a fall from the voucher, but never below nothing', () => {
    const withVoucher = { ...line, voucherCents: 300 }

    assert.deepEqual(amounts(repriceLine(withVoucher, [change(1, 900)])), [900, 200])
    assert.deepEqual(amounts(repriceLine(withVoucher, [change(1, 500)])), [500, 0])
  })

  it('goes through the changes one by one', () => {
    const changes = [change(1, 800), change(2, 1_200)]

    assert.deepEqual(amounts(repriceLine(line, changes)), [1_200, 400])
  })

  it('passes over changes of other versions, and those before it', () => {
    const changes = [change(1, 700, { version: '1' }), change(2, 600, { atMs: 99 })]

    assert.deepEqual(repriceLine(line, changes), line)
  })

  it('takes each change once', () => {
    const once = repriceLine(line, [change(1, 1_250)])

    assert.deepEqual(repriceLine(once, [change(1, 1_250)]), once)
    assert.deepEqual(amounts(repriceLine(once, [change(1, 1_250), change(2, 1_300)])), [1_300, 300])
  })
})
