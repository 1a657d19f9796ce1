// What carts know of products: late, perhaps, but never out of order, and never what was not so.
import { atEnd, type Facts, type Finding, type Invariant, watch } from 'dure/simulate'
import { Cart } from '../cart/contract.ts'
import { Replica, replicaKey } from '../cart/views.ts'
import { Product } from '../product/contract.ts'
import { ProductItem } from '../product/product.ts'
import { StockItem } from '../stock/item.ts'
import { type ItemRef, itemKey } from '../values.ts'
import { offers } from './goods.ts'

/** A state that a product was in. */
interface Moment {
  readonly version: string
  readonly priceCents: number
  /** How many price changes there had been. */
  readonly changed: number
  readonly position: number
}

/** The states of each product, in their order. */
type Timelines = Map<string, Moment[]>

function extend(timelines: Timelines, item: ItemRef, moment: Partial<Moment>): true {
  const key = replicaKey(item)
  const known = timelines.get(key) ?? []
  const last = known.at(-1) ?? { version: '', priceCents: 0, changed: 0, position: 0 }
  known.push({ ...last, ...moment })
  timelines.set(key, known)
  return true
}

const carts = watch(
  'carts never show a product as it never was, nor an older one after a newer one',
  () => ({ timelines: new Map() as Timelines, shown: new Map<string, number>() }),
)
  .on(Product.ProductRegistered, ({ timelines }, { data, position }) =>
    extend(timelines, data, { ...momentOf(data), position }),
  )
  .on(Product.ProductReplaced, ({ timelines }, { data: { product }, position }) =>
    extend(timelines, product, { ...momentOf(product), position }),
  )
  .on(Product.PriceUpdated, ({ timelines }, { data, position }) => {
    const changed = (timelines.get(replicaKey(data))?.at(-1)?.changed ?? 0) + 1
    const price = data.applied ? { priceCents: data.priceCents } : {}
    return extend(timelines, data, { ...price, changed, position })
  })
  .onDocument(Replica, ({ timelines, shown }, { key, document }, facts) => {
    if (document?.kind !== 'product') return true
    const place = placeOf(timelines.get(key) ?? [], document)
    if (place < 0) return `${key} is shown as it never was: ${JSON.stringify(document)}`
    const before = shown.get(key) ?? 0
    if (place < before) return `${key} is shown older than before`
    shown.set(key, place)
    const { position = 0 } = timelines.get(key)?.[place] ?? {}
    return judgeCauses(timelines, facts, { sellerId: document.sellerId, position })
  })
  .atRest(({ timelines, shown }) => {
    const late = [...timelines].find(([key, known]) => shown.get(key) !== known.length - 1)
    return !late || `${late[0]} is not shown as it is`
  })

function momentOf({
  version,
  priceCents,
}: {
  readonly version: string
  readonly priceCents: number
}) {
  return { version, priceCents }
}

/** A price that was announced for another version is no state, but carts count it. */
function placeOf(known: readonly Moment[], shown: Omit<Moment, 'position'>): number {
  return known.findIndex(
    ({ version, priceCents, changed }) =>
      version === shown.version && priceCents === shown.priceCents && changed === shown.changed,
  )
}

/** Who shows something that happened to a product of a seller shows all that happened to the seller's products before. */
function judgeCauses(
  timelines: Timelines,
  facts: Facts,
  { sellerId, position }: { readonly sellerId: number; readonly position: number },
): Finding {
  const replicas = facts.documents(Replica)
  for (const offer of offers.filter((each) => each.sellerId === sellerId)) {
    const key = replicaKey(offer)
    const known = timelines.get(key) ?? []
    const replica = replicas.get(key)
    const place = replica?.kind === 'product' ? placeOf(known, replica) : -1
    const next = known[place + 1]
    if (next && next.position < position) return `${key} is shown older than what came after it`
  }
  return true
}

/** Prices of cart lines, by customer, item and version. */
const linesHavePrices = watch(
  'a cart line has a price that it was given',
  () => new Map<string, Set<number>>(),
)
  .on(Cart.LineAdded, (prices, { data: { customerId, line } }) =>
    note(prices, [customerId, itemKey(line), line.version], line.unitPriceCents),
  )
  .on(Product.PriceUpdated, (prices, { data }) =>
    note(prices, ['all', itemKey(data), data.version], data.priceCents),
  )
  .on(Cart.CheckoutRequested, (prices, { data: { customerId, lines } }) => {
    for (const { unitPriceCents, version, ...item } of lines) {
      const isKnown = [customerId, 'all'].some((who) =>
        prices.get([who, itemKey(item), version].join(' '))?.has(unitPriceCents),
      )
      if (!isKnown) return `customer ${customerId} buys ${itemKey(item)} for ${unitPriceCents}`
    }
    return true
  })

function note(prices: Map<string, Set<number>>, key: readonly unknown[], cents: number): true {
  const name = key.join(' ')
  const known = prices.get(name) ?? new Set()
  prices.set(name, known.add(cents))
  return true
}

/** Who has changed a price and looks with the token of the answer sees it, or a later one. */
const sellersSeeTheirPrices = atEnd('a seller sees its own price update', (facts) => {
  for (const { type, data } of facts.history) {
    if (type !== 'read its own price') continue
    // Why the cast: the note of this name is made of this.
    const seen = data as ItemRef & Omit<Moment, 'position'> & { readonly transaction: string }
    const moments = momentsSince(facts, seen)
    const isSeen = moments.some(
      ({ version, priceCents }) => version === seen.version && priceCents === seen.priceCents,
    )
    if (!isSeen)
      return `after ${seen.transaction} the cart shows ${JSON.stringify(seen)}, of before`
  }
  return true
})

/** The states of a product from an update on. */
function momentsSince(
  facts: Facts,
  seen: ItemRef & { readonly transaction: string },
): Pick<Moment, 'version' | 'priceCents'>[] {
  const updates = facts.events(Product.PriceUpdated)
  const own = updates.find(({ data }) => data.transaction === seen.transaction)
  const key = itemKey(seen)
  const rows = [
    ...facts
      .events(Product.ProductRegistered)
      .map(({ data, position }) => ({ row: data, position })),
    ...facts
      .events(Product.ProductReplaced)
      .map(({ data, position }) => ({ row: data.product, position })),
  ].filter(({ row }) => itemKey(row) === key)
  const prices = updates.filter(({ data }) => itemKey(data) === key && data.applied)
  const moments = [
    ...rows.map(({ row, position }) => ({ ...momentOf(row), position })),
    ...prices.map(({ data, position }) => ({ ...momentOf(data), position })),
  ].toSorted((one, other) => one.position - other.position)
  const since = moments.findLastIndex(({ position }) => position <= (own?.position ?? 0))
  return moments.slice(Math.max(since, 0))
}

const versionsAgree = atEnd('the stock follows its products', (facts) => {
  for (const offer of offers) {
    const key = itemKey(offer)
    const [product, item] = [facts.states(ProductItem).get(key), facts.states(StockItem).get(key)]
    if (product?.row?.version !== item?.version) {
      return `${key} is at ${product?.row?.version}, its stock at ${item?.version}`
    }
  }
  return true
})

export const priceInvariants: readonly Invariant[] = [
  carts,
  linesHavePrices,
  sellersSeeTheirPrices,
  versionsAgree,
]
