// What people look at. Whether it was true is judged by what they were shown: the history of the world has it.
import { action, type Action } from 'dure/simulate'
import { Cart } from '../cart/contract.ts'
import { Customer } from '../customer/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Seller } from '../seller/contract.ts'
import { Shipment } from '../shipment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { customers, sellers } from './goods.ts'

const lookAtDashboard = action(
  'look at a dashboard',
  async (client) => {
    const sellerId = client.pick(sellers)
    await client.ask(Seller.dashboard({ sellerId }))
    await client.ask(Stock.itemsOf({ sellerId }))
  },
  3,
)

/** A customer looks at the orders, and at what became of the newest. */
const lookAtOrders = action(
  'look at orders',
  async (client) => {
    const customerId = client.pick(customers)
    await client.ask(Cart.cart({ customerId }))
    const seen = await client.ask(Order.orders({ customerId }))
    if (seen.kind !== 'answered' || !seen.outcome.ok) return
    const newest = seen.outcome.output.at(-1)
    if (!newest) return
    const order = { customerId, orderId: newest.orderId }
    await Promise.all([
      client.ask(Payment.payment(order)),
      client.ask(Shipment.shipment(order)),
      client.ask(Customer.customer({ customerId })),
    ])
  },
  2,
)

export const looking: readonly Action[] = [lookAtDashboard, lookAtOrders]
