// Values that the contracts of several services share. Money is in integer cents everywhere inside.
import { z } from 'zod'

/** The most that a single price, freight or voucher can be: one million. Sums of a cart stay exact integers. */
export const centsMax = 100_000_000
/** The most units of one cart line. */
export const quantityMax = 100_000
/** The most lines of one cart: a checkout reserves them all at once. */
export const cartLinesMax = 100

export const Id = z.int().min(1).max(2_147_483_647)
export const Cents = z.int().min(0).max(centsMax)
/** A sum of amounts. */
export const CentsTotal = z.int().min(0)
export const Quantity = z.int().min(1).max(quantityMax)
/** A number of units in stock. */
export const Units = z.int().min(0).max(2_147_483_647)
export const Text = z.string().max(1_000)
export const Version = z.string().min(1).max(100)
export const AtMs = z.int()

/**
 * Identity of a business transaction: the epoch of the gateway and the identity that the client chose (`tid`).
 *
 * Clients begin their numbering anew after a reset. The epoch keeps the new "1" apart from the old one.
 */
export const Transaction = z.string().min(1).max(200)

export const ItemRef = z.object({ sellerId: Id, productId: Id })
export type ItemRef = z.infer<typeof ItemRef>
export const OrderRef = z.object({ customerId: Id, orderId: Id })
export type OrderRef = z.infer<typeof OrderRef>

/** Product ids are unique only within a seller. */
export function itemKey({ sellerId, productId }: ItemRef): string {
  return `${sellerId}/${productId}`
}

/** Only the reference of something that is about an item. */
export function refOf({ sellerId, productId }: ItemRef): ItemRef {
  return { sellerId, productId }
}

/** Order ids are unique only within a customer. */
export function orderKey({ customerId, orderId }: OrderRef): string {
  return `${customerId}/${orderId}`
}

/** The name of a checkout is unique only within a customer. */
export interface CheckoutRef {
  readonly customerId: number
  readonly transaction: string
}

export function checkoutKey({ customerId, transaction }: CheckoutRef): string {
  return `${customerId}/${transaction}`
}

/** Where a shipment goes. */
export const Address = z.object({
  firstName: Text,
  lastName: Text,
  street: Text,
  complement: Text,
  zipCode: Text,
  city: Text,
  state: Text,
})

export const PaymentType = z.enum(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO'])

/** A card as the services know it: a token in place of the number, and what may be shown. */
export const CardToken = z.object({
  token: z.string().min(1).max(500),
  maskedNumber: z.string().max(40),
  holderName: Text,
  expiration: z.string().max(40),
  brand: z.string().max(40),
})
export type CardToken = z.infer<typeof CardToken>

/** How a checkout is paid. Neither the card's number nor its security number is here. */
export const PaymentChoice = z.object({
  type: PaymentType,
  installments: z.int().min(0).max(1_000),
  card: CardToken.optional(),
})

/** A position for keys that sort as text. */
export function sortable(value: number): string {
  return String(value).padStart(16, '0')
}

/** What a key begins with: the seller of an item, the customer of an order. Their news stay in one order. */
export function ownerOf(key: string): string {
  return key.split('/', 1)[0] ?? key
}
