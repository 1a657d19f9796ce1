import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import { AtMs, Cents, Id, ItemRef, Text, Transaction, Version } from '../values.ts'

/** What a seller says of a product. */
export const ProductRow = z.object({
  sellerId: Id,
  productId: Id,
  name: Text,
  sku: Text,
  category: Text,
  description: z.string().max(10_000),
  priceCents: Cents,
  freightCents: Cents,
  status: Text,
  version: Version,
})
export type ProductRow = z.infer<typeof ProductRow>

export const StoredProduct = ProductRow.extend({
  active: z.boolean(),
  createdAtMs: AtMs,
  updatedAtMs: AtMs,
})

const Found = z.object({ found: z.boolean() })

export const Product = contract('product', {
  commands: {
    register: { input: ProductRow, summary: 'Creates or overwrites a product.' },
    replace: {
      input: z.object({ product: ProductRow, transaction: Transaction }),
      output: Found,
      summary: 'Replaces a product by its next version: the one before can no longer be bought.',
    },
    reprice: {
      input: ItemRef.extend({ priceCents: Cents, version: Version, transaction: Transaction }),
      output: Found,
      summary: 'Changes the price of one version of a product.',
    },
    reset: { input: ItemRef, summary: 'Sets the version back to "0", for the next run.' },
  },
  events: {
    ProductRegistered: ProductRow,
    ProductReplaced: z.object({ product: ProductRow, transaction: Transaction }),
    /** Also told for a version that is gone, because carts may still hold it. */
    PriceUpdated: ItemRef.extend({
      priceCents: Cents,
      version: Version,
      transaction: Transaction,
      /** Whether it is the price of the product now. */
      applied: z.boolean(),
    }),
    ProductReset: ItemRef,
    UpdateRefused: ItemRef.extend({
      type: z.enum(['PRICE_UPDATE', 'UPDATE_PRODUCT']),
      transaction: Transaction,
    }),
  },
  queries: {
    product: {
      input: ItemRef,
      output: StoredProduct,
      rejects: { NotFound: z.object({}) },
      summary: 'A product.',
    },
    productsOf: {
      input: z.object({ sellerId: Id }),
      output: z.array(StoredProduct),
      rejects: { NotFound: z.object({}) },
      summary: 'The products of a seller.',
    },
    page: {
      input: z.object({ after: z.string().max(200), limit: z.int().min(1).max(1_000) }),
      output: z.array(z.object({ cursor: z.string(), item: ItemRef, version: Version })),
      summary: 'All products with their versions, page by page.',
    },
    ...markQueries,
  },
})
