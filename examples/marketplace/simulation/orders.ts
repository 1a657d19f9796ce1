// What is true of orders.
import { type Finding, type Invariant, watch } from 'dure/simulate'
import { Order, orderChain } from '../order/contract.ts'
import { orderKey, type OrderRef } from '../values.ts'

type Status = (typeof orderChain)[number] | 'PAYMENT_FAILED'

const numbersHaveNoGaps = watch(
  'the orders of a customer are numbered without a gap',
  () => new Map<number, number>(),
).on(Order.InvoiceIssued, (counts, { data: { customerId, orderId } }) => {
  const last = counts.get(customerId) ?? 0
  counts.set(customerId, orderId)
  return orderId === last + 1 || `customer ${customerId} has order ${orderId} after ${last}`
})

const statuses = (): Map<string, Status> => new Map()

function reach(known: Map<string, Status>, order: OrderRef, next: Status): Finding {
  const key = orderKey(order)
  const before = known.get(key)
  known.set(key, next)
  // Why the cast: a failed order has no place in the chain, and -1 is the right answer then.
  const place = orderChain.indexOf(before as (typeof orderChain)[number])
  const isNext = next === 'PAYMENT_FAILED' ? before === 'INVOICED' : orderChain[place + 1] === next
  const isFirst = next === 'INVOICED' && before === undefined
  return (
    isFirst ||
    (before !== undefined && isNext && before !== 'PAYMENT_FAILED') ||
    `order ${key} is ${next} after ${before}`
  )
}

const ordersGoOn = watch('an order walks its chain, step by step, and ends', statuses)
  .on(Order.InvoiceIssued, (known, { data }) => reach(known, data, 'INVOICED'))
  .on(Order.PaymentProcessed, (known, { data }) => reach(known, data, 'PAYMENT_PROCESSED'))
  .on(Order.ReadyForShipment, (known, { data }) => reach(known, data, 'READY_FOR_SHIPMENT'))
  .on(Order.InTransit, (known, { data }) => reach(known, data, 'IN_TRANSIT'))
  .on(Order.Delivered, (known, { data }) => reach(known, data, 'DELIVERED'))
  .on(Order.OrderFailed, (known, { data }) => reach(known, data, 'PAYMENT_FAILED'))
  .atRest((known) => {
    const open: readonly unknown[] = ['INVOICED', 'PAYMENT_PROCESSED']
    const stuck = [...known].find(([, status]) => open.includes(status))
    return !stuck || `order ${stuck[0]} is still ${stuck[1]}`
  })

export const orderInvariants: readonly Invariant[] = [numbersHaveNoGaps, ordersGoOn]
