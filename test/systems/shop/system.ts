import { bind, composed, gateway, orchestrated, route, system } from 'dure'
import { Catalog } from './catalog/contract.ts'
import catalog from './catalog/service.ts'
import { Checkout } from './order/checkout.ts'
import { Orders } from './order/contract.ts'
import order from './order/service.ts'
import { Payments } from './payment/contract.ts'
import payment, { CardProvider } from './payment/service.ts'
import shipping from './shipping/service.ts'
import { Stock } from './stock/contract.ts'
import stock from './stock/service.ts'

const Shop = gateway('shop', {
  routes: [
    route('POST /products', Catalog.offer),
    route('PATCH /products/{productId}/price', Catalog.changePrice),
    route('POST /products/{productId}/stock', Stock.receive),
    route('POST /orders', Orders.place),
    composed('GET /orders/{orderId}', async ({ params }, calls) => {
      const orderId = params['orderId'] ?? ''
      const [order, paid] = await Promise.all([
        calls.query(Orders.order({ orderId })),
        calls.query(Payments.paid({ orderId })),
      ])
      if (!order.ok || !paid.ok) return { status: 404 }
      return { status: 200, body: { ...order.output, cents: paid.output.cents } }
    }),
  ],
})

const declinedCard = '4000 0000 0000 0002'

const testProvider = bind(CardProvider, {
  async charge({ card }, { idempotencyKey }) {
    return { receipt: card === declinedCard ? null : `receipt-${idempotencyKey}` }
  },
})

/** A small shop: the system on which the tools are tested. */
export default system('shop', {
  services: [catalog, stock, payment, shipping, order],
  sagas: [orchestrated(Checkout, { by: Orders })],
  gateways: [Shop],
  adapters: [testProvider],
})
