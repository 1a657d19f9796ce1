// What has to happen in some world: otherwise these worlds show less than they seem to.
import { type Invariant, spot } from 'dure/simulate'
import { Cart } from '../cart/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Shipment } from '../shipment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { checkoutKey, itemKey, orderKey } from '../values.ts'

const nothing = (): undefined => undefined

const undone = spot('a checkout is undone after units were reserved', nothing).on(
  Stock.StockReleased,
  () => true,
)

const declined = spot('a payment is declined', nothing).on(Payment.PaymentFailed, () => true)

const repriced = spot('a cart takes a new price over', nothing).on(Cart.LinesRepriced, () => true)

const lastOne = spot('two checkouts want the last one', () => ({
  wanted: new Map<string, readonly string[]>(),
  kept: new Map<string, string>(),
}))
  .on(Cart.CheckoutRequested, ({ wanted }, { data }) => {
    wanted.set(checkoutKey(data), data.lines.map(itemKey))
    return false
  })
  .on(Stock.StockReserved, ({ kept }, { data }) => {
    kept.set(itemKey(data), checkoutKey(data))
    return false
  })
  .on(Stock.CheckoutRefused, ({ wanted, kept }, { data }) => {
    const loser = checkoutKey(data)
    const winners = (wanted.get(loser) ?? []).map((item) => kept.get(item))
    return winners.some((winner) => winner !== undefined && winner !== loser)
  })

const overtaken = spot(
  'a delivery comes before the news that the order is ready',
  () => new Set<string>(),
)
  .on(Order.ReadyForShipment, (ready, { data }) => {
    ready.add(orderKey(data))
    return false
  })
  .on(Shipment.PackagesDelivered, (ready, { data }) => !ready.has(orderKey(data)))

const survived = spot(
  'a process dies in the middle of a checkout that ends well',
  () => new Map<string, number>(),
)
  .on(Cart.CheckoutRequested, (starts, { data }, facts) => {
    starts.set(checkoutKey(data), facts.starts)
    return false
  })
  .on(Shipment.ShipmentCreated, (starts, { data }, facts) => {
    const before = starts.get(checkoutKey(data))
    return before !== undefined && facts.starts > before
  })

export const reached: readonly Invariant[] = [
  undone,
  declined,
  repriced,
  lastOne,
  overtaken,
  survived,
]
