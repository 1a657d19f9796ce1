import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { Product, type ProductRow } from './contract.ts'
import { ProductItem } from './product.ts'

const row: ProductRow = {
  sellerId: 1,
  productId: 2,
  name: 'lamp',
  sku: 'A',
  category: 'home',
  description: '',
  priceCents: 1_000,
  freightCents: 100,
  status: 'approved',
  version: '0',
}
const registered = Product.ProductRegistered(row)
const reprice = (version: string) =>
  Product.reprice({ sellerId: 1, productId: 2, priceCents: 1_500, version, transaction: 't' })

describe('a product', () => {
  it('takes a new price of its own version', () => {
    const { events, state, output } = given(ProductItem, registered).when(reprice('0'))

    assert.deepEqual(output, { found: true })
    assert.partialDeepStrictEqual(events[0]?.data, { applied: true, priceCents: 1_500 })
    assert.partialDeepStrictEqual(state, { row: { priceCents: 1_500, version: '0' } })
  })

  it('tells a price of another version, and keeps its own', () => {
    const { events, state, output } = given(ProductItem, registered).when(reprice('old'))

    assert.deepEqual(output, { found: true })
    assert.partialDeepStrictEqual(events[0], {
      type: 'product.PriceUpdated',
      data: { applied: false, version: 'old' },
    })
    assert.partialDeepStrictEqual(state, { row: { priceCents: 1_000 } })
  })

  it('is replaced by its next version', () => {
    const next = { ...row, version: '9', priceCents: 2_000 }

    const { state } = given(ProductItem, registered).when(
      Product.replace({ product: next, transaction: 't' }),
    )

    assert.partialDeepStrictEqual(state, { row: next })
  })

  it('ends updates of nothing with a refusal', () => {
    const price = given(ProductItem).when(reprice('0'))
    const replacement = given(ProductItem).when(Product.replace({ product: row, transaction: 't' }))

    for (const { output, events } of [price, replacement]) {
      assert.deepEqual(output, { found: false })
      assert.equal(events[0]?.type, 'product.UpdateRefused')
    }
  })

  it('changes nothing when it is registered again with the same values', () => {
    assert.deepEqual(given(ProductItem, registered).when(Product.register(row)).events, [])
    assert.equal(
      given(ProductItem, registered).when(Product.register({ ...row, name: 'other' })).events
        .length,
      1,
    )
  })

  it('goes back to version "0"', () => {
    const replaced = Product.ProductReplaced({
      product: { ...row, version: '9' },
      transaction: 't',
    })
    const reset = Product.reset({ sellerId: 1, productId: 2 })

    assert.partialDeepStrictEqual(given(ProductItem, registered, replaced).when(reset).state, {
      row: { version: '0' },
    })
    assert.deepEqual(given(ProductItem, registered).when(reset).events, [])
  })
})
