import { saga } from 'dure'
import * as z from 'zod'
import { Payments } from '../payment/contract.ts'
import { Shipping } from '../shipping/contract.ts'
import { Stock } from '../stock/contract.ts'
import { Orders } from './contract.ts'

const Request = z.object({
  orderId: z.string(),
  card: z.string(),
  city: z.string(),
  cents: z.int(),
  lines: z.array(z.object({ productId: z.string(), quantity: z.int() })),
})

/** Takes an order to its end: kept goods and a quote, then the money, then the parcel. */
export const Checkout = saga('checkout', {
  input: Request,
  key: ({ orderId }) => orderId,
  deadlineMs: 30_000,
})
  .startsOn(Orders.Placed, (event) => event)
  .parallel('prepare', (branch) => ({
    goods: branch.each('stock', {
      of: ({ input }) => input.lines,
      max: 20,
      run: ({ input, item }) => Stock.reserve({ orderId: input.orderId, ...item }),
      undo: ({ input, item }) => Stock.release({ orderId: input.orderId, ...item }),
    }),
    price: branch.step('quote', {
      run: ({ input }) => Shipping.quote({ orderId: input.orderId, city: input.city }),
      effect: 'none',
    }),
  }))
  .ensure('quote-is-fair', ({ quote }) => quote.cents < 10_000)
  .pivot('payment', {
    run: ({ input, quote }) =>
      Payments.pay({
        orderId: input.orderId,
        card: input.card,
        cents: input.cents + quote.cents,
      }),
    deadlineMs: 10_000,
  })
  .step('parcel', {
    run: ({ input }) => Shipping.send({ orderId: input.orderId, city: input.city }),
  })
  .step('confirm', { run: ({ input }) => Orders.confirm({ orderId: input.orderId }) })
  .otherwise(({ input, failure }) =>
    Orders.cancel({ orderId: input.orderId, reason: failure.rejected }),
  )
