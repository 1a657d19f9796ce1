import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import {
  Address,
  AtMs,
  cartLinesMax,
  Cents,
  CentsTotal,
  Id,
  ItemRef,
  PaymentChoice,
  PaymentType,
  Quantity,
  quantityMax,
  Text,
  Transaction,
  Version,
} from '../values.ts'

/** A line as the customer put it into the cart. The voucher is for the line, not for each unit. */
export const CartLine = ItemRef.extend({
  productName: Text,
  unitPriceCents: Cents,
  freightCents: Cents,
  quantity: Quantity,
  voucherCents: CentsTotal,
  version: Version,
})
export type CartLine = z.infer<typeof CartLine>

/** A card as the customer typed it, without its security number. It becomes a token before anything is stored. */
export const TypedCard = z.object({
  number: z.string().min(1).max(40),
  holderName: Text,
  expiration: z.string().max(40),
  brand: z.string().max(40),
})

/** A price change that a cart line has taken over. */
const RepricedLine = ItemRef.extend({
  unitPriceCents: Cents,
  voucherCents: CentsTotal,
  /** The number of the last price change that is in these amounts. */
  change: z.int().min(0),
})

/** A price change for a line, and what it was made for: another line that came meanwhile does not take it over. */
const Repricing = RepricedLine.extend({
  of: z.object({
    version: Version,
    addedAtMs: AtMs,
    unitPriceCents: Cents,
    voucherCents: CentsTotal,
    change: z.int().min(0),
  }),
})
export type Repricing = z.infer<typeof Repricing>

const Customer = z.object({ customerId: Id })

export const refusalReasons = ['CartUnknown', 'CartEmpty', 'CustomerMismatch'] as const

export const Cart = contract('cart', {
  commands: {
    add: {
      input: Customer.extend({ line: CartLine.extend({ quantity: z.int() }) }),
      rejects: {
        QuantityInvalid: z
          .object({})
          .describe(`The quantity is not usable: give 1 to ${quantityMax}.`),
        CartFull: z
          .object({})
          .describe(`The cart has ${cartLinesMax} lines, which is the most: hand it in first.`),
      },
      summary: 'Puts a line into the cart; the line of the same product is replaced.',
    },
    seal: {
      input: Customer,
      rejects: { NotFound: z.object({}) },
      summary: 'Empties the cart and opens it again.',
    },
    discard: {
      input: Customer,
      rejects: { NotFound: z.object({}) },
      summary: 'Removes the cart.',
    },
    reprice: {
      input: Customer.extend({ lines: z.array(Repricing) }),
      summary: 'Takes price changes over into the open lines that they were made for.',
    },
    checkout: {
      input: Customer.extend({
        transaction: Transaction,
        /** The customer that the order names; it has to be the one whose cart it is. */
        statedCustomerId: Id,
        address: Address,
        payment: z.object({
          type: PaymentType,
          installments: z.int().min(0).max(1_000),
          card: TypedCard.optional(),
        }),
      }),
      output: z.object({ refused: z.enum(refusalReasons).optional() }),
      summary: 'Hands the cart in: it is emptied, and its lines are on their way to an order.',
    },
  },
  events: {
    LineAdded: Customer.extend({ line: CartLine }),
    LinesRepriced: Customer.extend({ lines: z.array(RepricedLine) }),
    CartSealed: Customer,
    CartDiscarded: Customer,
    CheckoutRequested: Customer.extend({
      transaction: Transaction,
      address: Address,
      payment: PaymentChoice,
      lines: z.array(CartLine),
    }),
    CheckoutRefused: Customer.extend({
      transaction: Transaction,
      reason: z.enum(refusalReasons),
    }),
  },
  queries: {
    cart: {
      input: Customer,
      output: z.object({
        customerId: Id,
        status: z.enum(['OPEN']),
        /** Lines at the prices of now. */
        lines: z.array(CartLine),
        /** Those of them whose price changed since they were put in or last taken over. */
        repriced: z.array(Repricing),
        createdAtMs: AtMs,
        updatedAtMs: AtMs,
      }),
      rejects: { NotFound: z.object({}) },
      summary: 'A cart with its lines.',
    },
    submitted: {
      input: Customer.extend({ transaction: Transaction }),
      output: z.array(CartLine),
      rejects: { NotFound: z.object({}) },
      summary: 'The lines that one checkout handed in.',
    },
    replica: {
      input: ItemRef,
      output: ItemRef.extend({ name: Text, priceCents: Cents, version: Version }),
      rejects: { NotFound: z.object({}) },
      summary: 'What carts know of a product.',
    },
    ...markQueries,
    priceMarks: markQueries.marks,
  },
})
