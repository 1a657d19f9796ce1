// The data of the published benchmark, made by a generator with a seed: the same seed gives the same rows.
import { type Faker, faker as ready } from '@faker-js/faker/locale/pt_BR'

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

/** A faker of its own for each table: tables are read side by side. */
export function seededFaker(seed: number): Faker {
  const { rawDefinitions } = ready
  const FakerOfLocale = ready.constructor as new (options: {
    readonly locale: typeof rawDefinitions
    readonly seed: number
  }) => Faker
  return new FakerOfLocale({ locale: rawDefinitions, seed })
}
