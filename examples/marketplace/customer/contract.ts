import { contract } from 'dure'
import { z } from 'zod'
import { AtMs, Id, Text } from '../values.ts'

/** What is known of a customer. The security number of the card is not: it is never stored. */
export const CustomerRow = z.object({
  customerId: Id,
  firstName: Text,
  lastName: Text,
  address: Text,
  complement: Text,
  birthDate: Text,
  zipCode: Text,
  city: Text,
  state: Text,
  cardNumber: z.string().max(40),
  cardExpiration: z.string().max(40),
  cardHolderName: Text,
  cardType: Text,
  data: Text,
})
export type CustomerRow = z.infer<typeof CustomerRow>

const Count = z.int().min(0)

export const Customer = contract('customer', {
  commands: {
    register: { input: CustomerRow, summary: 'Creates or overwrites a customer.' },
  },
  events: { CustomerRegistered: CustomerRow },
  queries: {
    customer: {
      input: z.object({ customerId: Id }),
      output: CustomerRow.extend({
        successPaymentCount: Count,
        failedPaymentCount: Count,
        deliveryCount: Count,
        createdAtMs: AtMs,
        updatedAtMs: AtMs,
      }),
      rejects: { NotFound: z.object({}) },
      summary: 'A customer, with what happened so far.',
    },
  },
})
