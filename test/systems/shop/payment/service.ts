import { aggregate, port, service } from 'dure'
import * as z from 'zod'
import { Payments } from './contract.ts'

/** Whoever moves the money. */
export const CardProvider = port('card-provider', {
  charge: {
    input: z.object({ card: z.string(), cents: z.int() }),
    output: z.object({ receipt: z.string().nullable() }),
  },
})

export const Payment = aggregate(Payments, 'payment', {
  key: (command) => command.orderId,
  initial: () => ({ cents: 0 }),
  prepare: {
    pay: ({ card, cents }, { use }) => use(CardProvider).charge({ card, cents }),
  },
  decide: {
    pay: (_, { orderId, cents }, { prepared, reject, reply }) =>
      prepared.receipt === null
        ? reject.Declined({ reason: 'card' })
        : reply(
            { receipt: prepared.receipt },
            Payments.Paid({ orderId, cents, receipt: prepared.receipt }),
          ),
  },
  evolve: { Paid: (_, { cents }) => ({ cents }) },
})

export default service(Payments, {
  aggregates: [Payment],
  ports: [CardProvider],
  queries: {
    async paid({ orderId }, { read }) {
      return (await read.state(Payment, orderId)) ?? { cents: 0 }
    },
  },
})
