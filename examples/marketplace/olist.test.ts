import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { drawFrom, readOlist } from './olist.ts'
import { seededFaker } from './seeded-faker.ts'

const folder = mkdtempSync(join(tmpdir(), 'olist-'))
after(() => rmSync(folder, { recursive: true }))

const options = { folder, seed: 7, customers: 3, nowMs: Date.UTC(2026, 0, 1) }

function write(file: string, ...lines: string[]): void {
  writeFileSync(join(folder, file), `\uFEFF${lines.join('\n')}\n`)
}

describe('the catalogue of Olist', () => {
  it('says which file misses', () => {
    assert.throws(() => readOlist(options), {
      code: 'CLI_USAGE',
      message: /olist_sellers_dataset\.csv/,
    })
  })

  it('says which file is another one', () => {
    write('olist_sellers_dataset.csv', 'name', 'Ana')

    assert.throws(() => readOlist(options), { code: 'CLI_USAGE', message: /no column "seller_id"/ })
  })

  it('keeps every product and seller, each product with one seller, the same for one seed', () => {
    write(
      'olist_sellers_dataset.csv',
      'seller_id,seller_zip_code_prefix,seller_city,seller_state',
      ...['a1', 'b2', 'c3'].map((id) => `${id},13023,campinas,SP`),
    )
    write(
      'olist_products_dataset.csv',
      '"product_id","product_category_name","product_weight_g","product_length_cm","product_height_cm","product_width_cm"',
      ...Array.from(
        { length: 50 },
        (_, index) => `"p${index}",${index === 0 ? '' : 'artes'},225,16,10,14`,
      ),
    )
    write(
      'product_category_name_translation.csv',
      'product_category_name,product_category_name_english',
      'artes,art',
    )

    const catalogue = readOlist(options)
    const products = [...catalogue.products()]

    assert.deepEqual(catalogue.counts, { sellers: 3, products: 50, customers: 3 })
    assert.deepEqual(products, [...readOlist(options).products()])
    assert.deepEqual([products[0]?.['category'], products[1]?.['category']], ['unknown', 'art'])
    const keys = products.map((row) => `${row['seller_id']}/${row['product_id']}`)
    assert.equal(new Set(keys).size, 50)
    assert.deepEqual(
      [...catalogue.stock()].map((row) => `${row['seller_id']}/${row['product_id']}`),
      keys,
    )
    assert.partialDeepStrictEqual([...catalogue.sellers()][0], { id: 1, city: 'campinas' })
  })

  it('draws as often below each point as the point says', () => {
    const faker = seededFaker(1)
    const quantiles = [
      [0, 1],
      [0.5, 10],
      [0.9, 50],
      [1, 100],
    ] as const

    const drawn = Array.from({ length: 20_000 }, () => drawFrom(faker, quantiles))

    for (const [share, value] of quantiles) {
      const below = drawn.filter((each) => each <= value).length / drawn.length
      assert.ok(Math.abs(below - share) < 0.02, `${below} below ${value}`)
    }
    assert.ok(drawn.every((each) => each >= 1 && each <= 100))
  })
})
