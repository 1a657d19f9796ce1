import { contract } from 'dure'
import * as z from 'zod'

const Line = z.object({
  orderId: z.string(),
  productId: z.string(),
  quantity: z.int().min(1).max(1_000),
})
const Key = z.object({ productId: z.string() })

/** How many there are of each product, and for whom they are kept. */
export const Stock = contract('stock', {
  commands: {
    receive: { input: z.object({ ...Key.shape, quantity: z.int().min(1) }) },
    reserve: { input: Line, rejects: { OutOfStock: z.object({ available: z.int() }) } },
    release: { input: Line },
  },
  events: {
    Received: z.object({ ...Key.shape, quantity: z.int() }),
    Reserved: Line,
    Released: Line,
    SoldOut: Key,
  },
  queries: {
    level: { input: Key, output: z.object({ available: z.int() }) },
  },
})
