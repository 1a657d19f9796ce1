import { view } from 'dure'
import { z } from 'zod'
import { Mark, markKey, marksView, noteMark } from '../marks.ts'
import { Product } from '../product/contract.ts'
import { AtMs, Cents, checkoutKey, ItemRef, itemKey, Text, Version } from '../values.ts'
import { Cart, CartLine } from './contract.ts'

/** The lines of every checkout, as they were handed in. */
export const Submissions = view('submissions', {
  document: z.object({ lines: z.array(CartLine) }),
  consistency: 'inline',
}).on(Cart.CheckoutRequested, {
  key: checkoutKey,
  evolve: (_submission, { lines }) => ({ lines }),
})

/** Checkouts that the cart refused end here. */
export const CartMarks = marksView.on(
  Cart.CheckoutRefused,
  noteMark(({ transaction, customerId }) => ({
    transaction,
    type: 'CUSTOMER_SESSION',
    actorId: customerId,
    status: 'NOT_ACCEPTED',
  })),
)

/** Price changes kept for each product: a cart that slept through more of them takes over the latest. */
export const priceChangesMax = 100

const ReplicaOfProduct = ItemRef.extend({
  kind: z.literal('product'),
  name: Text,
  priceCents: Cents,
  version: Version,
  /** How many price changes there were. */
  changed: z.int(),
  changes: z.array(z.object({ number: z.int(), version: Version, priceCents: Cents, atMs: AtMs })),
})
type ReplicaOfProduct = z.infer<typeof ReplicaOfProduct>
const PriceMark = Mark.extend({ kind: z.literal('mark') })

/**
 * The replica of products, and the marks of price updates.
 *
 * Both are one view, so that they move in one commit: whoever sees the mark of a price update sees carts at the new
 * price. One cursor follows all products: no cart shows a later update and misses an earlier one.
 */
export const Replica = view('replica', {
  document: z.discriminatedUnion('kind', [ReplicaOfProduct, PriceMark]),
  indexes: {
    transaction: (document) => (document.kind === 'mark' ? document.transaction : undefined),
    kind: ({ kind }) => (kind === 'mark' ? kind : undefined),
  },
})
  .on(Product.ProductRegistered, {
    key: replicaKey,
    evolve: (replica, row) => withProduct(replica, row),
  })
  .on(Product.ProductReplaced, {
    key: ({ product }) => replicaKey(product),
    evolve: (replica, { product }) => withProduct(replica, product),
  })
  .on(Product.ProductReset, {
    key: replicaKey,
    evolve: (replica) => (replica?.kind === 'product' ? { ...replica, version: '0' } : replica),
  })
  .on(Product.PriceUpdated, {
    key: (event, meta) => [replicaKey(event), priceMarkKey(meta)],
    evolve: (document, event, meta) =>
      meta.documentKey === replicaKey(event)
        ? withPrice(document, event, meta.atMs)
        : {
            kind: 'mark',
            transaction: event.transaction,
            type: 'PRICE_UPDATE',
            actorId: event.sellerId,
            status: 'SUCCESS',
            source: Cart.$name,
          },
  })

/** A document of `Replica`. */
export type ReplicaDocument = ReplicaOfProduct | z.infer<typeof PriceMark>

/** Where the replica of a product is kept. */
export function replicaKey(item: ItemRef): string {
  return `product/${itemKey(item)}`
}

/** Begins the keys of price marks; what follows sorts by time. */
export const priceMarkPrefix = 'mark/'

function priceMarkKey(meta: { readonly atMs: number; readonly id: string }): string {
  return `${priceMarkPrefix}${markKey(meta)}`
}

function withProduct(
  before: ReplicaDocument | undefined,
  row: ItemRef & Pick<ReplicaOfProduct, 'name' | 'priceCents' | 'version'>,
): ReplicaOfProduct {
  const { sellerId, productId, name, priceCents, version } = row
  const history = before?.kind === 'product' ? before : { changed: 0, changes: [] }
  const { changed, changes } = history
  return { kind: 'product', sellerId, productId, name, priceCents, version, changed, changes }
}

function withPrice(
  replica: ReplicaDocument | undefined,
  event: { readonly version: string; readonly priceCents: number; readonly applied: boolean },
  atMs: number,
): ReplicaDocument | undefined {
  if (replica?.kind !== 'product') return replica
  const { version, priceCents } = event
  const number = replica.changed + 1
  const changes = [...replica.changes, { number, version, priceCents, atMs }]
  return {
    ...replica,
    priceCents: event.applied ? priceCents : replica.priceCents,
    changed: number,
    changes: changes.slice(-priceChangesMax),
  }
}
