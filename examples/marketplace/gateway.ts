import { gateway } from 'dure'
import { administrationRoutes } from './routes/administration.ts'
import { cartRoutes } from './routes/cart.ts'
import { customerRoutes } from './routes/customer.ts'
import { orderRoutes } from './routes/order.ts'
import { paymentRoutes } from './routes/payment.ts'
import { productRoutes } from './routes/product.ts'
import { sellerRoutes } from './routes/seller.ts'
import { shipmentRoutes } from './routes/shipment.ts'
import { stockRoutes } from './routes/stock.ts'
import { transactionRoutes } from './routes/transactions.ts'

/** What the outside sees: the routes of the published benchmark, and those that make it checkable. */
export const MarketplaceGateway = gateway('marketplace', {
  routes: [
    ...cartRoutes,
    ...productRoutes,
    ...stockRoutes,
    ...orderRoutes,
    ...paymentRoutes,
    ...shipmentRoutes,
    ...customerRoutes,
    ...sellerRoutes,
    ...transactionRoutes,
    ...administrationRoutes,
  ],
})
