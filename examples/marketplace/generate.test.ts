import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateCatalogue, withCheckDigits } from './generate.ts'

const size = { sellers: 20, productsEach: 10, customers: 500 }
const options = { ...size, seed: 3, nowMs: Date.UTC(2026, 0, 20) }
const catalogue = generateCatalogue(options)

describe('the generated catalogue', () => {
  it('is the same for one seed, and another for another', () => {
    const again = generateCatalogue(options)
    const other = generateCatalogue({ ...options, seed: 4 })

    for (const table of ['sellers', 'products', 'stock', 'customers'] as const) {
      assert.deepEqual([...again[table]()], [...catalogue[table]()])
      assert.notDeepEqual([...other[table]()], [...catalogue[table]()])
    }
  })

  it('numbers products anew for each seller, and has a stock item for each', () => {
    const keys = [...catalogue.products()].map((row) => `${row['seller_id']}/${row['product_id']}`)

    assert.deepEqual([keys[0], keys[9], keys[10], keys.at(-1)], ['1/1', '1/10', '2/1', '20/10'])
    assert.deepEqual(
      [...catalogue.stock()].map((row) => `${row['seller_id']}/${row['product_id']}`),
      keys,
    )
  })

  it('has prices and freights of two decimals within their ranges', () => {
    for (const { price, freight_value } of catalogue.products()) {
      assert.match(String(price), /^\d{1,2}(\.\d{1,2})?$/)
      assert.match(String(freight_value), /^\d(\.\d{1,2})?$/)
    }
  })

  it('gives most customers a card of their own, valid to this month or the next', () => {
    const customers = [...catalogue.customers()]

    const own = customers.filter(
      (row) => row['card_holder_name'] === `${row['first_name']} ${row['last_name']}`,
    )
    assert.ok(own.length > 300 && own.length < 400, `${own.length} of 500`)
    const expirations = new Set(customers.map((row) => String(row['card_expiration'])))
    assert.deepEqual(expirations, new Set(['0126', '0226']))
  })

  it('ends tax numbers with their check digits', () => {
    assert.equal(withCheckDigits('111444777', [10, 9, 8, 7, 6, 5, 4, 3, 2]), '11144477735')
    assert.equal(
      withCheckDigits('112223330001', [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
      '11222333000181',
    )
  })
})
