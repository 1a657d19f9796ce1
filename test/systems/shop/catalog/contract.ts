import { contract } from 'dure'
import * as z from 'zod'

const ProductKey = z.object({ productId: z.string().min(1).max(40) })
const Product = z.object({ ...ProductKey.shape, title: z.string().max(200), cents: z.int().min(0) })

/** What is for sale, and for how much. */
export const Catalog = contract('catalog', {
  commands: {
    offer: { input: Product, summary: 'Puts a product up for sale.' },
    changePrice: {
      input: z.object({ ...ProductKey.shape, cents: z.int().min(0) }),
      rejects: { NotOffered: z.object({}) },
    },
    hide: { input: ProductKey },
  },
  events: {
    Offered: Product,
    PriceChanged: z.object({ ...ProductKey.shape, cents: z.int() }),
    Hidden: ProductKey,
  },
  queries: {
    product: { input: ProductKey, output: Product, rejects: { NotFound: z.object({}) } },
  },
})
