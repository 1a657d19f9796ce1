// What a world has come to: the whole business state as data, apart from times and ids that were made.
import type { Facts } from 'dure/simulate'
import { CustomerCart } from '../cart/cart.ts'
import { Replica, Submissions } from '../cart/views.ts'
import { Checkout } from '../checkout.ts'
import { CustomerCounters } from '../customer/views.ts'
import { Order } from '../order/contract.ts'
import { OrderItem } from '../order/order.ts'
import { Invoices } from '../order/views.ts'
import { OrderPayment } from '../payment/payment.ts'
import { ProductItem } from '../product/product.ts'
import { entriesOf, summaryOf } from '../seller/dashboard.ts'
import { OpenOrders } from '../seller/views.ts'
import { OrderShipment } from '../shipment/shipment.ts'
import { Deliveries, OpenParts } from '../shipment/views.ts'
import { Stock } from '../stock/contract.ts'
import { StockItem } from '../stock/item.ts'
import { checkoutKey, itemKey, orderKey, type OrderRef } from '../values.ts'
import { allMarks } from './ends.ts'
import { sellers } from './goods.ts'

/** Orders are named after their checkouts: which one of a customer is the first depends on who is quicker. */
export function businessState(facts: Facts): unknown {
  const names = nameOrders(facts)
  const nameOf = (order: OrderRef): string => names.get(orderKey(order)) ?? 'an unknown order'
  const byName = <Value>(values: ReadonlyMap<string, Value>): [string | undefined, Value][] =>
    Array.from(values, ([key, value]) => [names.get(key), value])
  const parts = [...facts.documents(OpenOrders).values()]
  return timeless({
    carts: facts
      .states(CustomerCart)
      .values()
      .flatMap(({ lines }) => lines)
      .toArray(),
    submissions: facts.documents(Submissions),
    sagas: new Map(facts.sagas(Checkout).map(({ key, status }) => [key, status])),
    invoices: new Map(
      facts
        .documents(Invoices)
        .values()
        .map((each) => [nameOf(each), each]),
    ),
    orders: new Map(byName(facts.states(OrderItem))),
    payments: new Map(byName(facts.states(OrderPayment))),
    shipments: new Map(byName(facts.states(OrderShipment))),
    'open parts': facts
      .documents(OpenParts)
      .values()
      .map((part) => `${nameOf(part)} ${part.sellerId}`)
      .toArray()
      .toSorted(),
    deliveries: facts.documents(Deliveries),
    stock: facts.states(StockItem),
    moves: movesOf(facts),
    products: facts.states(ProductItem),
    replicas: new Map([...facts.documents(Replica)].filter(([, { kind }]) => kind === 'product')),
    customers: facts.documents(CustomerCounters),
    dashboards: sellers.map((sellerId) => {
      const entries = entriesOf(parts.filter((part) => part.sellerId === sellerId))
      const lines = entries.map((entry) => [`${nameOf(entry)} ${itemKey(entry)}`, entry] as const)
      return { summary: summaryOf(entries), lines: new Map(lines) }
    }),
    marks: allMarks(facts)
      .map((mark) => Object.values(mark).join(' '))
      .toSorted(),
  })
}

/** The names of orders, by order. A checkout that had two orders would be two names. */
function nameOrders(facts: Facts): ReadonlyMap<string, string> {
  const byCheckout = Map.groupBy(facts.events(Order.InvoiceIssued), ({ data }) => checkoutKey(data))
  return new Map(
    Array.from(byCheckout, ([name, orders]) =>
      orders.map(({ data }, index) => [orderKey(data), name + ' again'.repeat(index)] as const),
    ).flat(),
  )
}

/** What happened to the units of each checkout, in its order. */
function movesOf(facts: Facts): ReadonlyMap<string, readonly string[]> {
  const moves = [Stock.StockReserved, Stock.StockReleased, Stock.StockConfirmed].flatMap((event) =>
    facts.events(event).map(({ type, data }) => ({
      name: `${checkoutKey(data)} ${itemKey(data)}`,
      text: `${type} ${data.quantity}`,
    })),
  )
  const byName = Map.groupBy(moves, ({ name }) => name)
  return new Map(Array.from(byName, ([name, all]) => [name, all.map(({ text }) => text)]))
}

/** Which order of a customer it is depends on who was quicker. */
const ids: ReadonlySet<string> = new Set(['orderId', 'invoiceNumber'])

/** A value without ids, and without when things were: only whether they have been. */
function timeless(value: unknown): unknown {
  if (value instanceof Map) return timeless(Object.fromEntries(value))
  if (Array.isArray(value)) return value.map(timeless)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([name]) => !ids.has(name))
  return Object.fromEntries(
    fields.map(([name, field]) => [
      name,
      /atMs$/i.test(name) && field !== 0 ? 'at some time' : timeless(field),
    ]),
  )
}
