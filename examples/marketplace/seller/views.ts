import { view } from 'dure'
import { z } from 'zod'
import { Order, OrderStatus } from '../order/contract.ts'
import { AtMs, Cents, CentsTotal, Id, OrderRef, Quantity, sortable, Text } from '../values.ts'

const PartLine = z.object({
  productId: Id,
  packageId: z.int(),
  productName: Text,
  unitPriceCents: Cents,
  quantity: Quantity,
  grossCents: CentsTotal,
  discountCents: CentsTotal,
  netCents: CentsTotal,
  freightCents: CentsTotal,
})

/** What one seller has in one open order. */
export const OpenPart = OrderRef.extend({
  sellerId: Id,
  status: OrderStatus,
  shippedAtMs: AtMs.optional(),
  deliveredAtMs: AtMs.optional(),
  lines: z.array(PartLine),
})
export type OpenPart = z.infer<typeof OpenPart>

/**
 * The open orders of sellers. An order that is delivered or was not paid leaves.
 *
 * It follows the order service alone: an order, its payment and its way come in the order in which they happened.
 */
export const OpenOrders = view('open-orders', {
  document: OpenPart,
  indexes: { seller: ({ sellerId }) => sellerId },
})
  .on(Order.InvoiceIssued, {
    key: ({ lines, ...order }) => [...new Set(lines.map((line) => partKey(order, line.sellerId)))],
    evolve: (_part, { customerId, orderId, lines }, { documentKey }) => {
      const sellerId = sellerOf(documentKey)
      const numbered = lines.map((line, index) => ({ ...line, packageId: index + 1 }))
      return {
        customerId,
        orderId,
        sellerId,
        status: 'INVOICED',
        lines: numbered.filter((line) => line.sellerId === sellerId),
      }
    },
  })
  .on(Order.PaymentProcessed, { key: partKeys, evolve: (part) => at(part, 'PAYMENT_PROCESSED') })
  .on(Order.ReadyForShipment, {
    key: partKeys,
    evolve: (part, { atMs }) => at(part && { ...part, shippedAtMs: atMs }, 'READY_FOR_SHIPMENT'),
  })
  .on(Order.InTransit, { key: partKeys, evolve: (part) => at(part, 'IN_TRANSIT') })
  .on(Order.PartDelivered, {
    key: (event) => partKey(event, event.sellerId),
    evolve: (part, { atMs }) => part && { ...part, deliveredAtMs: atMs },
  })
  .on(Order.Delivered, { key: partKeys, evolve: () => undefined })
  .on(Order.OrderFailed, { key: partKeys, evolve: () => undefined })

type OrderNews = OrderRef & { readonly sellers: readonly number[] }

function partKeys(event: OrderNews): string[] {
  return event.sellers.map((sellerId) => partKey(event, sellerId))
}

/** Sorts by customer and order, as numbers. */
function partKey({ customerId, orderId }: OrderRef, sellerId: number): string {
  return `${sortable(customerId)}/${sortable(orderId)}/${sellerId}`
}

function sellerOf(documentKey: string): number {
  return Number(documentKey.slice(documentKey.lastIndexOf('/') + 1))
}

function at(part: OpenPart | undefined, status: OrderStatus): OpenPart | undefined {
  return part && { ...part, status }
}
