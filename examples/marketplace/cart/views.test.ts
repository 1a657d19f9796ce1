import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Product } from '../product/contract.ts'
import { documentsAfter } from '../testing/documents.ts'
import { priceChangesMax, Replica } from './views.ts'

const row = {
  sellerId: 1,
  productId: 2,
  name: 'lamp',
  sku: '',
  category: '',
  description: '',
  priceCents: 1_000,
  freightCents: 0,
  status: '',
  version: '0',
}
const registered = Product.ProductRegistered(row)

function priceOf(priceCents: number, version = '0', applied = true) {
  const item = { sellerId: 1, productId: 2 }
  return Product.PriceUpdated({
    ...item,
    priceCents,
    version,
    applied,
    transaction: `t${priceCents}`,
  })
}

describe('the replica of a product', () => {
  it('knows the price of now, and the changes that led to it', () => {
    const documents = documentsAfter(Replica, registered, priceOf(1_100), priceOf(900))

    assert.partialDeepStrictEqual(documents.get('product/1/2'), {
      priceCents: 900,
      changed: 2,
      changes: [
        { number: 1, priceCents: 1_100, atMs: 2 },
        { number: 2, priceCents: 900, atMs: 3 },
      ],
    })
  })

  it('notes a change of another version for the carts, and keeps its own price', () => {
    const documents = documentsAfter(Replica, registered, priceOf(700, 'old', false))

    assert.partialDeepStrictEqual(documents.get('product/1/2'), {
      priceCents: 1_000,
      changes: [{ version: 'old', priceCents: 700 }],
    })
  })

  it('follows replacements and resets', () => {
    const replaced = Product.ProductReplaced({
      product: { ...row, version: '5', priceCents: 50 },
      transaction: 't',
    })

    const after = documentsAfter(Replica, registered, replaced)
    const reset = documentsAfter(
      Replica,
      registered,
      replaced,
      Product.ProductReset({ sellerId: 1, productId: 2 }),
    )

    assert.partialDeepStrictEqual(after.get('product/1/2'), { version: '5', priceCents: 50 })
    assert.partialDeepStrictEqual(reset.get('product/1/2'), { version: '0', priceCents: 50 })
  })

  it('keeps so many changes and no more', () => {
    const many = Array.from({ length: priceChangesMax + 5 }, (_, index) => priceOf(index + 1))

    const { changed, changes } = documentsAfter(Replica, registered, ...many).get(
      'product/1/2',
    ) as {
      changed: number
      changes: { number: number }[]
    }

    assert.equal(changed, priceChangesMax + 5)
    assert.deepEqual([changes.length, changes[0]?.number], [priceChangesMax, 6])
  })

  it('marks the end of each price update beside it', () => {
    const documents = documentsAfter(Replica, registered, priceOf(1_100))

    const marks = [...documents.values()].filter(
      (each) => (each as { kind: string }).kind === 'mark',
    )
    assert.equal(marks.length, 1)
    assert.partialDeepStrictEqual(marks[0], {
      transaction: 't1100',
      type: 'PRICE_UPDATE',
      status: 'SUCCESS',
      source: 'cart',
    })
  })
})
