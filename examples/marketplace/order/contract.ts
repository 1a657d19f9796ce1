import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import {
  AtMs,
  Cents,
  CentsTotal,
  Id,
  ItemRef,
  OrderRef,
  Quantity,
  Text,
  Transaction,
} from '../values.ts'

/** A line that was reserved. The voucher is for the line. */
export const OrderedLine = ItemRef.extend({
  productName: Text,
  unitPriceCents: Cents,
  freightCents: Cents,
  quantity: Quantity,
  voucherCents: CentsTotal,
})
export type OrderedLine = z.infer<typeof OrderedLine>

/** A line with its amounts: gross, what the voucher takes off, and what is left. */
export const PricedLine = OrderedLine.extend({
  grossCents: CentsTotal,
  discountCents: CentsTotal,
  netCents: CentsTotal,
})
export type PricedLine = z.infer<typeof PricedLine>

export const Totals = z.object({
  itemsCents: CentsTotal,
  incentiveCents: CentsTotal,
  amountCents: CentsTotal,
  freightCents: CentsTotal,
  invoiceCents: CentsTotal,
})
export type Totals = z.infer<typeof Totals>

/** The way of an order, in its order. `PAYMENT_FAILED` is the other end. */
export const orderChain = [
  'INVOICED',
  'PAYMENT_PROCESSED',
  'READY_FOR_SHIPMENT',
  'IN_TRANSIT',
  'DELIVERED',
] as const
export const OrderStatus = z.enum([...orderChain, 'PAYMENT_FAILED'])
export type OrderStatus = z.infer<typeof OrderStatus>

const Sellers = z.array(Id)
const OrderStep = OrderRef.extend({ sellers: Sellers, atMs: AtMs })

const Invoice = OrderRef.extend({
  invoiceNumber: z.string(),
  issuedAtMs: AtMs,
  totals: Totals,
  lines: z.array(PricedLine),
})

const Created = z.object({
  orderId: Id,
  invoiceNumber: z.string(),
  totalInvoiceCents: CentsTotal,
})

export const Order = contract('order', {
  commands: {
    create: {
      input: z.object({
        transaction: Transaction,
        customerId: Id,
        lines: z.array(OrderedLine).min(1),
      }),
      output: Created,
      summary: "Gives the customer's next number to an order and invoices it.",
    },
    abort: {
      input: z.object({ transaction: Transaction, customerId: Id }),
      summary: 'Notes that a checkout was given up.',
    },
    markPaid: { input: OrderStep, summary: 'Notes the payment.' },
    fail: {
      input: OrderRef.extend({ sellers: Sellers }),
      summary: 'Ends an order that was not paid.',
    },
    markReady: { input: OrderStep, summary: 'Notes that the shipment exists.' },
    arrive: {
      input: OrderStep.extend({ sellerId: Id, concluded: z.boolean() }),
      summary: "Notes that the customer has one seller's packages.",
    },
  },
  events: {
    InvoiceIssued: Invoice.extend({ transaction: Transaction }),
    CheckoutAborted: z.object({ transaction: Transaction, customerId: Id }),
    PaymentProcessed: OrderStep,
    OrderFailed: OrderStep,
    ReadyForShipment: OrderStep,
    InTransit: OrderStep,
    PartDelivered: OrderRef.extend({ sellerId: Id, atMs: AtMs }),
    Delivered: OrderStep,
  },
  queries: {
    orders: {
      input: z.object({ customerId: Id }),
      output: z.array(
        Invoice.extend({
          status: OrderStatus,
          history: z.array(z.object({ status: OrderStatus, atMs: AtMs })),
          paidAtMs: AtMs.optional(),
          carrierAtMs: AtMs.optional(),
          deliveredAtMs: AtMs.optional(),
          updatedAtMs: AtMs,
        }),
      ),
      summary: 'The orders of a customer, the oldest first, with lines and history.',
    },
    ...markQueries,
  },
})
