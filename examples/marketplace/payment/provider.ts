import { port } from 'dure'
import { z } from 'zod'

/** Charges cards. A repeated charge of one invoice acts once and is answered as the first time. */
export const PaymentProvider = port('payment-provider', {
  charge: {
    input: z.object({
      customerId: z.int(),
      amountCents: z.int().min(0),
      token: z.string(),
      invoiceNumber: z.string(),
      transaction: z.string(),
    }),
    output: z.object({
      id: z.string(),
      status: z.enum(['succeeded', 'requires_payment_method']),
      /** The number behind the token, for the payment's own record. */
      cardNumber: z.string(),
    }),
  },
})
