import { contract } from 'dure'
import * as z from 'zod'

const Parcel = z.object({ orderId: z.string(), city: z.string() })

/** Parcels on their way. */
export const Shipping = contract('shipping', {
  commands: {
    send: { input: Parcel },
    quote: { input: Parcel, output: z.object({ cents: z.int() }) },
  },
  events: { Sent: Parcel },
  queries: {
    toCity: {
      input: z.object({ city: z.string() }),
      output: z.array(z.string()),
    },
  },
})
