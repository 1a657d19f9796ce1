import { composed, type RouteCalls, type RouteRequest, type RouteResponse, route } from 'dure'
import { Shipment } from '../shipment/contract.ts'
import { runDelivery } from './delivery.ts'
import { Deliveries, OutsideShipment, pathShapes } from './answers.ts'
import { refusal, Tid, tidRule, toMoney, toTime, toTimeOrNull } from './outside.ts'
import { transactionOf } from './transactions.ts'

/** Delivers, and answers when it is done. */
async function updateDelivery({ params }: RouteRequest, calls: RouteCalls): Promise<RouteResponse> {
  const tid = Tid.safeParse(params['tid'])
  if (!tid.success) return refusal(400, 'TidInvalid', tidRule)
  const delivered = await runDelivery(calls, transactionOf(tid.data, calls))
  const deliveries = delivered.map(({ customerId, orderId, sellerId }) => ({
    customer_id: customerId,
    order_id: orderId,
    seller_id: sellerId,
  }))
  return { status: 202, body: { tid: tid.data, deliveries } }
}

export const shipmentRoutes = [
  composed('PATCH /shipment/{tid}', updateDelivery, {
    summary: 'Delivers the oldest open order of each of at most ten sellers.',
    parameters: { tid: pathShapes.tid },
    answers: { 202: { summary: 'What was delivered.', body: Deliveries } },
    keyless: 'its tid names the delivery',
  }),
  route('GET /shipment/{customerId}/{orderId}', Shipment.shipment, {
    answers: { 200: { summary: 'The shipment.', body: OutsideShipment } },
    reply: ({ customerId: customer_id, orderId: order_id, address, packages, ...shipment }) => ({
      customer_id,
      order_id,
      package_count: packages.length,
      total_freight_value: toMoney(shipment.freightCents),
      request_date: toTime(shipment.requestedAtMs),
      status: shipment.status,
      first_name: address.firstName,
      last_name: address.lastName,
      street: address.street,
      complement: address.complement,
      zip_code: address.zipCode,
      city: address.city,
      state: address.state,
      packages: packages.map((each) => ({
        customer_id,
        order_id,
        package_id: each.packageId,
        seller_id: each.sellerId,
        product_id: each.productId,
        product_name: each.productName,
        freight_value: toMoney(each.freightCents),
        shipping_date: toTime(each.shippedAtMs),
        delivery_date: toTimeOrNull(each.deliveredAtMs),
        quantity: each.quantity,
        status: each.status,
      })),
    }),
  }),
]
