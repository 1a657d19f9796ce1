// Ends of checkouts that have to come up in some world, so that coming to the same end means something.
import { type Invariant, spot } from 'dure/simulate'
import { Cart } from '../cart/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Shipment } from '../shipment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { checkoutKey } from '../values.ts'

const nothing = (): undefined => undefined

const completed = spot('a checkout is shipped', nothing).on(Shipment.ShipmentCreated, () => true)

const declined = spot('a checkout is declined, and gives back what it had', () => new Set<string>())
  .on(Stock.StockReleased, (released, { data }) => {
    released.add(checkoutKey(data))
    return false
  })
  .on(Payment.PaymentFailed, (released, { data }) => released.has(checkoutKey(data)))

const nothingReserved = spot('nothing of a checkout can be reserved', nothing).on(
  Stock.CheckoutRefused,
  () => true,
)

const partlyReserved = spot('a part of a checkout is reserved', () => new Map<string, number>())
  .on(Cart.CheckoutRequested, (lines, { data }) => {
    lines.set(checkoutKey(data), data.lines.length)
    return false
  })
  .on(Order.InvoiceIssued, (lines, { data }) => data.lines.length !== lines.get(checkoutKey(data)))

const repeated = spot('a checkout is handed in again', nothing).atRest((_nothing, { history }) => {
  const ids = history.filter(({ type, result }) => type === Cart.checkout.type && result === 'ok')
  return new Set(ids.map(({ id }) => id)).size < ids.length
})

const underOneName = spot('two customers have checkouts of one name', () => new Set<string>()).on(
  Cart.CheckoutRequested,
  (names, { data: { transaction } }) => {
    const isKnown = names.has(transaction)
    names.add(transaction)
    return isKnown
  },
)

const halfBrought = spot('packages of an order are brought, and others are not', nothing).on(
  Shipment.PackagesDelivered,
  (_nothing, { data }) => !data.concluded,
)

export const certainEnds: readonly Invariant[] = [
  completed,
  declined,
  nothingReserved,
  partlyReserved,
  repeated,
  underOneName,
  halfBrought,
]
