// What the routes of the gateway answer, for the reference.
import { z } from 'zod'
import { OutsideId, Tid } from './outside.ts'

/** Shapes of the parameters of paths. */
export const pathShapes = {
  customerId: OutsideId,
  orderId: OutsideId,
  sellerId: OutsideId,
  productId: OutsideId,
  tid: Tid,
}

const Id = z.int()
const Amount = z.number()
const Time = z.iso.datetime()
const TimeOrNull = Time.nullable()
const Name = z.string()

const statuses = ['SUCCESS', 'ABORT', 'ERROR', 'NOT_ACCEPTED'] as const

export const OutsideMark = z.object({
  tid: Name,
  type: Name,
  actorId: Id,
  status: z.enum(statuses),
  source: Name,
})
export const OutsideMarks = z.object({ marks: z.array(OutsideMark), next: Name })

export const OutsideItem = z.object({
  SellerId: Id,
  ProductId: Id,
  ProductName: Name,
  UnitPrice: Amount,
  FreightValue: Amount,
  Quantity: z.int(),
  Voucher: Amount,
  Version: Name,
})

export const OutsideCart = z.object({
  customer_id: Id,
  status: Name,
  created_at: Time,
  updated_at: Time,
  items: z.array(OutsideItem),
})

export const OutsideReplica = z.object({
  seller_id: Id,
  product_id: Id,
  name: Name,
  price: Amount,
  version: Name,
})

export const OutsideProduct = OutsideReplica.extend({
  sku: Name,
  category: Name,
  description: Name,
  freight_value: Amount,
  status: Name,
  active: z.boolean(),
  created_at: Time,
  updated_at: Time,
})

export const OutsideStock = z.object({
  seller_id: Id,
  product_id: Id,
  qty_available: z.int(),
  qty_reserved: z.int(),
  order_count: z.int(),
  ytd: z.int(),
  data: Name,
  version: Name,
  active: z.boolean(),
  created_at: Time,
  updated_at: Time,
})

const Totals = z.object({
  total_amount: Amount,
  total_freight: Amount,
  total_incentive: Amount,
  total_invoice: Amount,
  total_items: Amount,
})

const OrderItem = z.object({
  customer_id: Id,
  order_id: Id,
  order_item_id: Id,
  seller_id: Id,
  product_id: Id,
  product_name: Name,
  unit_price: Amount,
  freight_value: Amount,
  quantity: z.int(),
  shipping_limit_date: Time,
  total_items: Amount,
  total_amount: Amount,
  total_incentive: Amount,
})

export const OutsideOrder = Totals.extend({
  customer_id: Id,
  order_id: Id,
  invoice_number: Name,
  status: Name,
  purchase_date: Time,
  payment_date: TimeOrNull,
  delivered_carrier_date: TimeOrNull,
  delivered_customer_date: TimeOrNull,
  estimated_delivery_date: TimeOrNull,
  count_items: z.int(),
  created_at: Time,
  updated_at: Time,
  items: z.array(OrderItem),
  history: z.array(z.object({ id: Id, status: Name, created_at: Time })),
})

export const OutsidePayment = z.object({
  customer_id: Id,
  order_id: Id,
  sequential: z.int(),
  type: Name,
  installments: z.int(),
  value: Amount,
  status: Name,
  created_at: Time,
  card: z
    .object({
      card_number: Name,
      card_holder_name: Name,
      card_expiration: Name,
      card_brand: Name,
    })
    .optional(),
})

const Package = z.object({
  customer_id: Id,
  order_id: Id,
  package_id: Id,
  seller_id: Id,
  product_id: Id,
  product_name: Name,
  freight_value: Amount,
  shipping_date: Time,
  delivery_date: TimeOrNull,
  quantity: z.int(),
  status: Name,
})

export const OutsideShipment = z.object({
  customer_id: Id,
  order_id: Id,
  package_count: z.int(),
  total_freight_value: Amount,
  request_date: Time,
  status: Name,
  first_name: Name,
  last_name: Name,
  street: Name,
  complement: Name,
  zip_code: Name,
  city: Name,
  state: Name,
  packages: z.array(Package),
})

export const Deliveries = z.object({
  tid: Name,
  deliveries: z.array(z.object({ customer_id: Id, order_id: Id, seller_id: Id })),
})

const OrderEntry = z.object({
  customer_id: Id,
  order_id: Id,
  seller_id: Id,
  product_id: Id,
  natural_key: Name,
  package_id: Id.nullish(),
  product_name: Name,
  product_category: Name,
  unit_price: Amount,
  quantity: z.int(),
  total_items: Amount,
  total_amount: Amount,
  total_incentive: Amount,
  total_invoice: Amount,
  freight_value: Amount,
  shipment_date: TimeOrNull,
  delivery_date: TimeOrNull,
  order_status: Name,
  delivery_status: Name.nullable(),
})

export const OutsideDashboard = z.object({
  sellerView: Totals.extend({ seller_id: Id, count_orders: z.int(), count_items: z.int() }),
  orderEntries: z.array(OrderEntry),
})

export const Settled = z.object({ settled: z.boolean() })
export const Transacted = z.object({ instanceId: Name })

/** Answers of routes whose transaction is named by the client. */
export const usedTid = {
  422: { summary: 'The name of the transaction was used before for another request.' },
}
