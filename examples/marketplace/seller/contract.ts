import { contract } from 'dure'
import { z } from 'zod'
import { OrderStatus } from '../order/contract.ts'
import { AtMs, Cents, CentsTotal, Id, OrderRef, Quantity, Text } from '../values.ts'

export const SellerRow = z.object({
  sellerId: Id,
  name: Text,
  companyName: Text,
  email: Text,
  phone: Text,
  mobilePhone: Text,
  cpf: Text,
  cnpj: Text,
  address: Text,
  complement: Text,
  city: Text,
  state: Text,
  zipCode: Text,
})
export type SellerRow = z.infer<typeof SellerRow>

/** One open order line, as its seller sees it. */
export const OrderEntry = OrderRef.extend({
  sellerId: Id,
  productId: Id,
  packageId: z.int(),
  productName: Text,
  unitPriceCents: Cents,
  quantity: Quantity,
  itemsCents: CentsTotal,
  amountCents: CentsTotal,
  incentiveCents: CentsTotal,
  freightCents: CentsTotal,
  invoiceCents: CentsTotal,
  orderStatus: OrderStatus,
  shippedAtMs: AtMs.optional(),
  deliveredAtMs: AtMs.optional(),
})
export type OrderEntry = z.infer<typeof OrderEntry>

/** The sums over a seller's open order lines. */
export const SellerSummary = z.object({
  orders: z.int(),
  items: z.int(),
  itemsCents: CentsTotal,
  amountCents: CentsTotal,
  incentiveCents: CentsTotal,
  freightCents: CentsTotal,
  invoiceCents: CentsTotal,
})
export type SellerSummary = z.infer<typeof SellerSummary>

export const Seller = contract('seller', {
  commands: {
    register: { input: SellerRow, summary: 'Creates or overwrites a seller.' },
  },
  events: { SellerRegistered: SellerRow },
  queries: {
    seller: {
      input: z.object({ sellerId: Id }),
      output: SellerRow.extend({ createdAtMs: AtMs, updatedAtMs: AtMs }),
      rejects: { NotFound: z.object({}) },
      summary: 'A seller.',
    },
    dashboard: {
      input: z.object({ sellerId: Id }),
      output: z.object({ summary: SellerSummary, entries: z.array(OrderEntry) }),
      rejects: { NotFound: z.object({}) },
      summary: "A seller's open order lines, and the sums over exactly those lines.",
    },
  },
})
