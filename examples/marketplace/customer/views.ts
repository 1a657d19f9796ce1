import { view } from 'dure'
import { z } from 'zod'
import { Payment } from '../payment/contract.ts'
import { Shipment } from '../shipment/contract.ts'

const Counters = z.object({ succeeded: z.int(), failed: z.int(), delivered: z.int() })
type Counters = z.infer<typeof Counters>

const none: Counters = { succeeded: 0, failed: 0, delivered: 0 }

function customerKey({ customerId }: { readonly customerId: number }): string {
  return String(customerId)
}

/** What happened to the customer. Made of events of others: where those are erased, it begins anew. */
export const CustomerCounters = view('customer-counters', { document: Counters })
  .on(Payment.PaymentConfirmed, {
    key: customerKey,
    evolve: (counters = none) => ({ ...counters, succeeded: counters.succeeded + 1 }),
  })
  .on(Payment.PaymentFailed, {
    key: customerKey,
    evolve: (counters = none) => ({ ...counters, failed: counters.failed + 1 }),
  })
  .on(Shipment.PackagesDelivered, {
    key: customerKey,
    evolve: (counters = none, { packageIds }) => ({
      ...counters,
      delivered: counters.delivered + packageIds.length,
    }),
  })
