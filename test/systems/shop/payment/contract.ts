import { contract } from 'dure'
import * as z from 'zod'

const Payment = z.object({ orderId: z.string(), cents: z.int().min(0) })

/** Money for orders. */
export const Payments = contract('payment', {
  commands: {
    pay: {
      input: z.object({ ...Payment.shape, card: z.string() }),
      output: z.object({ receipt: z.string() }),
      rejects: { Declined: z.object({ reason: z.string() }) },
    },
  },
  events: { Paid: z.object({ ...Payment.shape, receipt: z.string() }) },
  queries: {
    paid: { input: z.object({ orderId: z.string() }), output: z.object({ cents: z.int() }) },
  },
})
