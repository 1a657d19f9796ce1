// The real catalogue of a Brazilian marketplace, as Olist released it. Its files do not say who sells a product, nor
// for how much: both are drawn, with a seed, from what was measured in its order lines.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Faker } from '@faker-js/faker'
import { parse } from 'csv-parse/sync'
import { DureError } from 'dure'
import { type Catalogue, generateCustomers, type Row, stockOf } from './generate.ts'
import { seededFaker } from './seeded-faker.ts'

export interface OlistOptions {
  /** The folder with the released files. */
  readonly folder: string
  readonly seed: number
  readonly customers: number
  readonly nowMs: number
}

/** Points of a distribution: a share, and the value below which that share lies. */
type Quantiles = readonly (readonly [share: number, value: number])[]

/** In BRL; the extremes close the curve. */
const priceQuantiles: Quantiles = [
  [0, 4],
  [0.1, 24],
  [0.5, 75],
  [0.9, 229],
  [0.99, 869],
  [1, 6_735],
]
const freightQuantiles: Quantiles = [
  [0, 3],
  [0.1, 8.7],
  [0.5, 16.3],
  [0.9, 34],
  [1, 150],
]
/** How many products a seller has, beside others. */
const assortmentQuantiles: Quantiles = [
  [0, 1],
  [0.5, 2],
  [0.9, 9],
  [1, 89],
]

/**
 * Reads the catalogue: every product and every seller of the files.
 *
 * @throws `CLI_USAGE` when the folder does not hold the files, or they are not what they should be.
 */
export function readOlist(options: OlistOptions): Catalogue {
  const { folder, seed, customers, nowMs } = options
  const sellers = readTable(folder, 'olist_sellers_dataset.csv', 'seller_id')
  const products = readTable(folder, 'olist_products_dataset.csv', 'product_id')
  const english = new Map(
    readTable(folder, 'product_category_name_translation.csv', 'product_category_name').map(
      (row) => [row['product_category_name'], row['product_category_name_english']],
    ),
  )
  const faker = seededFaker(seed)
  const owners = drawOwners(faker, sellers.length, products.length)
  const rows = products.map((product, index) => {
    const category = english.get(product['product_category_name']) ?? 'unknown'
    return productRow(
      faker,
      { ...product, category },
      owners[index] ?? { seller_id: 1, product_id: 1 },
    )
  })
  return {
    name: 'Olist',
    counts: { sellers: sellers.length, products: rows.length, customers },
    sellers: () => sellers.map(sellerRow),
    products: () => rows,
    stock: () => stockRows(seed, owners),
    customers: () => generateCustomers(seed, customers, nowMs),
  }
}

type Record = Readonly<{ [name: string]: string }>

function readTable(folder: string, file: string, column: string): readonly Record[] {
  const path = join(folder, file)
  let rows: readonly Record[]
  try {
    const text = readFileSync(path, 'utf8')
    // Why the cast: with `columns` each row is an object of texts.
    rows = parse(text, { columns: true, bom: true, skip_empty_lines: true }) as readonly Record[]
  } catch (cause) {
    throw new DureError(
      'CLI_USAGE',
      `${problemOf(folder, path, cause)}. Name the folder with the released files.`,
      { cause },
    )
  }
  if (rows[0]?.[column] !== undefined) return rows
  throw new DureError(
    'CLI_USAGE',
    `"${path}" has no column "${column}". Name the folder with the released files.`,
  )
}

function problemOf(folder: string, path: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOTDIR') return `"${folder}" is no folder`
  if (code === 'ENOENT') return `"${path}" does not exist`
  return `"${path}" is not readable CSV`
}

interface Owner {
  readonly [name: string]: number
  readonly seller_id: number
  readonly product_id: number
}

/** Gives each seller at least one product, and the rest by chance: a few sellers have most. */
function drawOwners(faker: Faker, sellers: number, products: number): readonly Owner[] {
  const weights = Array.from({ length: sellers }, () => drawFrom(faker, assortmentQuantiles))
  const ends: number[] = []
  let total = 0
  for (const weight of weights) {
    total += weight
    ends.push(total)
  }
  const counts = Array.from({ length: sellers }, () => 0)
  return Array.from({ length: products }, (_, index) => {
    const seller = index < sellers ? index : firstAbove(ends, faker.number.float({ max: total }))
    const product_id = (counts[seller] ?? 0) + 1
    counts[seller] = product_id
    return { seller_id: seller + 1, product_id }
  })
}

/** The first place whose value is above `wanted`; the last place when none is. */
function firstAbove(ascending: readonly number[], wanted: number): number {
  let [low, high] = [0, ascending.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) > wanted) high = middle
    else low = middle + 1
  }
  return low
}

/** Draws a value; between the points the logarithm is even. */
export function drawFrom(faker: Faker, quantiles: Quantiles): number {
  const share = faker.number.float({ min: 0, max: 1 })
  const above = Math.max(
    1,
    quantiles.findIndex(([point]) => point >= share),
  )
  const [low, from] = quantiles[above - 1] ?? [0, 1]
  const [high, to] = quantiles[above] ?? [1, 1]
  return from * (to / from) ** ((share - low) / (high - low))
}

function productRow(faker: Faker, product: Record, owner: Owner): Row {
  const { category = '', product_id: id = '' } = product
  const size = ['length', 'height', 'width'].map((side) => product[`product_${side}_cm`])
  return {
    ...owner,
    name: `${category.replaceAll('_', ' ')} ${id.slice(0, 8)}`,
    sku: id.slice(0, 16).toUpperCase(),
    category,
    description: `${product['product_weight_g'] ?? ''} g, ${size.join(' x ')} cm`,
    price: toCentsOf(drawFrom(faker, priceQuantiles)),
    freight_value: toCentsOf(drawFrom(faker, freightQuantiles)),
    status: 'approved',
    version: '0',
  }
}

function toCentsOf(amount: number): number {
  return Math.round(amount * 100) / 100
}

function sellerRow(seller: Record, index: number): Row {
  const { seller_id: id = '', seller_city = '', seller_state = '' } = seller
  const name = `Seller ${id.slice(0, 8)}`
  return {
    id: index + 1,
    name,
    company_name: name,
    city: seller_city,
    state: seller_state,
    zip_code: seller['seller_zip_code_prefix'] ?? '',
  }
}

function* stockRows(seed: number, owners: readonly Owner[]): Iterable<Row> {
  const faker = seededFaker(seed + 3)
  for (const owner of owners) yield stockOf(owner, faker)
}
