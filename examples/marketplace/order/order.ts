import { aggregate } from 'dure'
import { orderKey, ownerOf } from '../values.ts'
import { Order, orderChain, type OrderStatus } from './contract.ts'

interface OrderState {
  readonly status: OrderStatus
  /** What came after the invoice. */
  readonly history: readonly { readonly status: OrderStatus; readonly atMs: number }[]
  readonly paidAtMs?: number
  readonly carrierAtMs?: number
  readonly deliveredAtMs?: number
}

interface Step {
  readonly customerId: number
  readonly orderId: number
  readonly sellers: number[]
  readonly atMs: number
}

/** The event by which an order reaches a status. */
const stepEvents = {
  PAYMENT_PROCESSED: Order.PaymentProcessed,
  READY_FOR_SHIPMENT: Order.ReadyForShipment,
  IN_TRANSIT: Order.InTransit,
  DELIVERED: Order.Delivered,
} as const

/**
 * One order after its invoice.
 *
 * Its statuses are a chain that it walks without a gap and without going back, whatever comes first: news that
 * imply earlier ones record those as well.
 */
export const OrderItem = aggregate(Order, 'order', {
  key: orderKey,
  // An invoice is seen before what becomes of its order.
  partitionKey: ownerOf,
  initial: (): OrderState => ({ status: 'INVOICED', history: [] }),
  decide: {
    markPaid: (order, command) => reach(order, 'PAYMENT_PROCESSED', command),
    markReady: (order, command) => reach(order, 'READY_FOR_SHIPMENT', command),
    fail: ({ status }, command, { atMs }) =>
      status === 'INVOICED' ? Order.OrderFailed({ ...command, atMs }) : [],
    arrive: (order, { sellerId, concluded, ...step }) => {
      if (order.status === 'PAYMENT_FAILED' || order.status === 'DELIVERED') return []
      const { customerId, orderId, atMs } = step
      const transit = reach(order, 'IN_TRANSIT', step)
      const part = Order.PartDelivered({ customerId, orderId, sellerId, atMs })
      return concluded ? [...transit, part, Order.Delivered(step)] : [...transit, part]
    },
  },
  evolve: {
    PaymentProcessed: (order, { atMs }, meta) => ({
      ...withStatus(order, 'PAYMENT_PROCESSED', meta.atMs),
      paidAtMs: atMs,
    }),
    OrderFailed: (order, _event, meta) => withStatus(order, 'PAYMENT_FAILED', meta.atMs),
    ReadyForShipment: (order, _event, meta) => withStatus(order, 'READY_FOR_SHIPMENT', meta.atMs),
    InTransit: (order, { atMs }, meta) => ({
      ...withStatus(order, 'IN_TRANSIT', meta.atMs),
      carrierAtMs: atMs,
    }),
    Delivered: (order, { atMs }, meta) => ({
      ...withStatus(order, 'DELIVERED', meta.atMs),
      deliveredAtMs: atMs,
    }),
  },
})

type Reached = keyof typeof stepEvents
type StepEvent = ReturnType<(typeof stepEvents)[Reached]>

/** The events from where an order is to a later status; none when it is there already, or has failed. */
function reach(order: OrderState, target: Reached, step: Step): StepEvent[] {
  if (order.status === 'PAYMENT_FAILED') return []
  const missing = orderChain.slice(orderChain.indexOf(order.status) + 1)
  return missing
    .slice(0, missing.indexOf(target) + 1)
    .filter((status) => status !== 'INVOICED')
    .map((status) => stepEvents[status](step))
}

/** Timestamps of a history never go back, even when the machine's clock does. */
function withStatus(order: OrderState, status: OrderStatus, atMs: number): OrderState {
  const last = order.history.at(-1)?.atMs ?? atMs
  return { ...order, status, history: [...order.history, { status, atMs: Math.max(last, atMs) }] }
}
