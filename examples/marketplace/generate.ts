// The data of the published benchmark, made by a generator with a seed: the same seed gives the same rows.
import type { Faker } from '@faker-js/faker'
import { seededFaker } from './seeded-faker.ts'

export interface CatalogueSize {
  readonly sellers: number
  readonly productsEach: number
  readonly customers: number
}

export const smallCatalogue: CatalogueSize = { sellers: 100, productsEach: 10, customers: 1_000 }

export type Row = Readonly<Record<string, string | number>>

/** The tables of a catalogue, as an ingestion sends them. Each begins anew whenever it is asked for. */
export interface Catalogue {
  readonly name: string
  readonly counts: {
    readonly sellers: number
    readonly products: number
    readonly customers: number
  }
  sellers(): Iterable<Row>
  products(): Iterable<Row>
  stock(): Iterable<Row>
  customers(): Iterable<Row>
}

export interface GenerateOptions extends CatalogueSize {
  readonly seed: number
  /** The day from which cards are still valid, in milliseconds since 1970 UTC. */
  readonly nowMs: number
}

export const inventory = 10_000

/** Describes a generated catalogue; rows are made when they are read. */
export function generateCatalogue(options: GenerateOptions): Catalogue {
  const { sellers, productsEach, customers, seed, nowMs } = options
  return {
    name: 'generated',
    counts: { sellers, products: sellers * productsEach, customers },
    sellers: () => rows(seed + 1, sellers, sellerRow),
    products: () => rows(seed + 2, sellers * productsEach, productRow(productsEach)),
    stock: () => rows(seed + 3, sellers * productsEach, stockRow(productsEach)),
    customers: () => generateCustomers(seed, customers, nowMs),
  }
}

/** Customers are the same for every catalogue of one seed. */
export function generateCustomers(seed: number, count: number, nowMs: number): Iterable<Row> {
  return rows(seed + 4, count, customerRow(nowMs))
}

type MakeRow = (faker: Faker, index: number) => Row

/** Each table has a seed of its own, set when it is read from its start. */
function* rows(seed: number, count: number, make: MakeRow): Iterable<Row> {
  const faker = seededFaker(seed)
  for (let index = 0; index < count; index += 1) yield make(faker, index)
}

function sellerRow(faker: Faker, index: number): Row {
  return {
    id: index + 1,
    name: faker.person.fullName(),
    company_name: faker.company.name(),
    email: faker.internet.email(),
    phone: faker.phone.number(),
    mobile_phone: faker.phone.number(),
    cpf: withCheckDigits(faker.string.numeric(9), cpfWeights),
    cnpj: withCheckDigits(`${faker.string.numeric(8)}0001`, cnpjWeights),
    address: faker.location.streetAddress(),
    complement: faker.location.secondaryAddress(),
    city: faker.location.city(),
    state: faker.location.state({ abbreviated: true }),
    zip_code: faker.location.zipCode(),
  }
}

function productRow(productsEach: number): MakeRow {
  return (faker, index) => ({
    ...itemAt(index, productsEach),
    name: faker.commerce.productName(),
    sku: faker.string.alphanumeric({ length: 16, casing: 'upper' }),
    category: faker.commerce.department(),
    description: faker.commerce.productDescription(),
    price: faker.number.int({ min: 0, max: 9_999 }) / 100,
    freight_value: faker.number.int({ min: 0, max: 999 }) / 100,
    status: 'approved',
    version: '0',
  })
}

function stockRow(productsEach: number): MakeRow {
  return (faker, index) => stockOf(itemAt(index, productsEach), faker)
}

/** The stock of one product as it begins. */
export function stockOf(item: Row, faker: Faker): Row {
  return {
    ...item,
    qty_available: inventory,
    qty_reserved: 0,
    order_count: 0,
    ytd: faker.number.int({ min: 10, max: 99 }),
    data: faker.lorem.sentence(),
    version: '0',
  }
}

/** Product ids begin anew with each seller. */
function itemAt(index: number, productsEach: number): Row {
  return {
    seller_id: Math.floor(index / productsEach) + 1,
    product_id: (index % productsEach) + 1,
  }
}

const dayMs = 24 * 60 * 60 * 1_000

function customerRow(nowMs: number): MakeRow {
  return (faker, index) => {
    const first_name = faker.person.firstName()
    const last_name = faker.person.lastName()
    const isOwnCard = faker.number.int({ min: 1, max: 100 }) <= 70
    const expires = new Date(nowMs + faker.number.int({ min: 0, max: 25 }) * dayMs)
    return {
      id: index + 1,
      first_name,
      last_name,
      address: faker.location.streetAddress(),
      complement: faker.location.secondaryAddress(),
      birth_date: faker.date.birthdate({ refDate: nowMs }).toISOString().slice(0, 10),
      zip_code: faker.location.zipCode(),
      city: faker.location.city(),
      state: faker.location.state({ abbreviated: true }),
      card_number: faker.finance.creditCardNumber(),
      card_security_number: faker.finance.creditCardCVV(),
      card_expiration: expires.toISOString().replace(/^\d\d(\d\d)-(\d\d).*$/, '$2$1'),
      card_holder_name: isOwnCard ? `${first_name} ${last_name}` : faker.person.fullName(),
      card_type: faker.helpers.arrayElement(['MasterCard', 'Visa']),
      data: faker.lorem.sentence(),
    }
  }
}

const cpfWeights = [10, 9, 8, 7, 6, 5, 4, 3, 2]
const cnpjWeights = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]

/** Ends a Brazilian tax number with its two check digits. */
export function withCheckDigits(digits: string, weights: readonly number[]): string {
  const first = checkDigit(digits, weights)
  const more = (weights[0] ?? 0) + 1
  const second = checkDigit(`${digits}${first}`, [more, ...weights])
  return `${digits}${first}${second}`
}

function checkDigit(digits: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0)
  return sum % 11 < 2 ? 0 : 11 - (sum % 11)
}
