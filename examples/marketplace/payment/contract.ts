import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import {
  AtMs,
  CentsTotal,
  ItemRef,
  OrderRef,
  PaymentChoice,
  Quantity,
  Text,
  Transaction,
} from '../values.ts'

/** What was paid for: an order line with what its voucher takes off. */
export const PaidLine = ItemRef.extend({ quantity: Quantity, discountCents: CentsTotal })

export const PaymentStatus = z.enum(['succeeded', 'requires_payment_method', 'canceled'])

/** One line of a payment. */
export const PaymentLine = z.object({
  sequential: z.int().min(1),
  type: z.enum(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO', 'VOUCHER']),
  installments: z.int().min(0),
  valueCents: CentsTotal,
  status: PaymentStatus,
})
export type PaymentLine = z.infer<typeof PaymentLine>

/** The card of a payment, for the one place that shows its number. */
export const PaymentCard = z.object({
  number: z.string().max(40),
  holderName: Text,
  expiration: z.string().max(40),
  brand: z.string().max(40),
})

const Bill = OrderRef.extend({
  transaction: Transaction,
  invoiceNumber: z.string().min(1).max(100),
  totalInvoiceCents: CentsTotal,
  payment: PaymentChoice,
})

/** What a declined payment was for. */
export const DeclinedBill = Bill.pick({
  transaction: true,
  customerId: true,
  orderId: true,
  totalInvoiceCents: true,
}).extend({ type: PaymentChoice.shape.type, installments: PaymentChoice.shape.installments })

const Paid = OrderRef.extend({ transaction: Transaction, lines: z.array(PaidLine) })
const Noted = z.object({ payments: z.array(PaymentLine), atMs: AtMs })

export const Payment = contract('payment', {
  commands: {
    pay: {
      input: Bill.extend({ lines: z.array(PaidLine) }),
      output: z.object({ paidAtMs: AtMs }),
      rejects: { Declined: DeclinedBill },
      summary: 'Pays an invoice, once.',
    },
    refuse: { input: DeclinedBill, summary: 'Notes that a payment was declined.' },
  },
  events: {
    PaymentConfirmed: Paid.extend(Noted.shape),
    /** Kept apart from the confirmation, which other services read. */
    CardCharged: OrderRef.extend({ card: PaymentCard }),
    PaymentFailed: OrderRef.extend({ transaction: Transaction }).extend(Noted.shape),
  },
  queries: {
    payment: {
      input: OrderRef,
      output: z.object({
        payments: z.array(PaymentLine),
        card: PaymentCard.optional(),
        atMs: AtMs,
      }),
      rejects: { NotFound: z.object({}) },
      summary: 'The lines of the payment of an order.',
    },
    ...markQueries,
  },
})
