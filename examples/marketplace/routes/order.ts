import {
  composed,
  type OutputOf,
  type RouteCalls,
  type RouteRequest,
  type RouteResponse,
} from 'dure'
import { Customer } from '../customer/contract.ts'
import { Order } from '../order/contract.ts'
import { z } from 'zod'
import { OutsideOrder, pathShapes } from './answers.ts'
import { pathId, refusal, toMoney, toTime, toTimeOrNull } from './outside.ts'

type StoredOrder = OutputOf<typeof Order.orders.spec.output>[number]

/** A seller has three days to hand a line to the carrier. */
const shippingLimitMs = 3 * 24 * 60 * 60 * 1_000

function bodyOf(order: StoredOrder): object {
  const { customerId: customer_id, orderId: order_id, totals } = order
  return {
    customer_id,
    order_id,
    invoice_number: order.invoiceNumber,
    status: order.status,
    purchase_date: toTime(order.issuedAtMs),
    payment_date: toTimeOrNull(order.paidAtMs),
    delivered_carrier_date: toTimeOrNull(order.carrierAtMs),
    delivered_customer_date: toTimeOrNull(order.deliveredAtMs),
    estimated_delivery_date: null,
    count_items: order.lines.length,
    total_amount: toMoney(totals.amountCents),
    total_freight: toMoney(totals.freightCents),
    total_incentive: toMoney(totals.incentiveCents),
    total_invoice: toMoney(totals.invoiceCents),
    total_items: toMoney(totals.itemsCents),
    created_at: toTime(order.issuedAtMs),
    updated_at: toTime(order.updatedAtMs),
    items: itemsOf(order),
    history: order.history.map(({ status, atMs }, index) => ({
      id: index + 1,
      status,
      created_at: toTime(atMs),
    })),
  }
}

function itemsOf({ customerId, orderId, issuedAtMs, lines }: StoredOrder): object[] {
  return lines.map((line, index) => ({
    customer_id: customerId,
    order_id: orderId,
    order_item_id: index + 1,
    seller_id: line.sellerId,
    product_id: line.productId,
    product_name: line.productName,
    unit_price: toMoney(line.unitPriceCents),
    freight_value: toMoney(line.freightCents),
    quantity: line.quantity,
    shipping_limit_date: toTime(issuedAtMs + shippingLimitMs),
    total_items: toMoney(line.grossCents),
    total_amount: toMoney(line.netCents),
    total_incentive: toMoney(line.discountCents),
  }))
}

/** A customer without orders has none; somebody who is no customer is not found. */
async function ordersOf({ params }: RouteRequest, calls: RouteCalls): Promise<RouteResponse> {
  const customerId = pathId(params, 'customerId')
  const orders = await calls.query(Order.orders({ customerId }))
  const found = orders.ok ? orders.output : []
  if (found.length > 0) return { status: 200, body: found.map(bodyOf) }
  const customer = await calls.query(Customer.customer({ customerId }))
  return customer.ok
    ? { status: 200, body: [] }
    : refusal(404, 'NotFound', 'There is no such customer.')
}

export const orderRoutes = [
  composed('GET /order/{customerId}', ordersOf, {
    summary: 'The orders of a customer, the oldest first, with items and history.',
    parameters: { customerId: pathShapes.customerId },
    answers: {
      200: { summary: 'The orders; none is an empty list.', body: z.array(OutsideOrder) },
      404: { summary: 'There is no such customer.' },
    },
  }),
]
