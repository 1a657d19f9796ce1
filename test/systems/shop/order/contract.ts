import { contract } from 'dure'
import * as z from 'zod'

const Line = z.object({ productId: z.string(), quantity: z.int().min(1) })
const Placed = z.object({
  orderId: z.string().min(1).max(40),
  customerId: z.string(),
  card: z.string(),
  city: z.string(),
  cents: z.int().min(0),
  lines: z.array(Line).min(1).max(20),
})
const Key = z.object({ orderId: z.string() })

/** What customers have ordered, and what became of it. */
export const Orders = contract('order', {
  commands: {
    place: { input: Placed, rejects: { AlreadyPlaced: z.object({}) } },
    confirm: { input: Key },
    cancel: { input: z.object({ ...Key.shape, reason: z.string() }) },
  },
  events: { Placed, Confirmed: Key, Cancelled: z.object({ ...Key.shape, reason: z.string() }) },
  queries: {
    order: {
      input: Key,
      output: z.object({ orderId: z.string(), status: z.string(), titles: z.array(z.string()) }),
      rejects: { NotFound: z.object({}) },
    },
  },
})
