import { aggregate, service, view } from 'dure'
import * as z from 'zod'
import { Shipping } from './contract.ts'

const centsPerParcel = 490

export const Parcel = aggregate(Shipping, 'parcel', {
  key: (command) => command.orderId,
  initial: () => ({ isSent: false }),
  decide: {
    send: (parcel, command) => (parcel.isSent ? [] : Shipping.Sent(command)),
    quote: (_parcel, _command, { reply }) => reply({ cents: centsPerParcel }),
  },
  evolve: { Sent: () => ({ isSent: true }) },
})

export const ParcelsByCity = view('parcels-by-city', {
  document: z.object({ orderId: z.string(), city: z.string() }),
  indexes: { city: ({ city }) => city },
}).on(Shipping.Sent, { key: ({ orderId }) => orderId, evolve: (_, event) => event })

export default service(Shipping, {
  aggregates: [Parcel],
  views: [ParcelsByCity],
  queries: {
    async toCity({ city }, { read }) {
      return (await read.find(ParcelsByCity, { city })).map(({ key }) => key)
    },
  },
})
