import { choreographed, orchestrated, type Saga, type System, system } from 'dure'
import { createTestProvider } from './adapters/test-provider.ts'
import { CartService } from './cart/service.ts'
import { Checkout } from './checkout.ts'
import { CustomerService } from './customer/service.ts'
import { MarketplaceGateway } from './gateway.ts'
import { Order } from './order/contract.ts'
import { OrderService } from './order/service.ts'
import { PaymentService } from './payment/service.ts'
import { ProductService } from './product/service.ts'
import { SellerService } from './seller/service.ts'
import { ShipmentService } from './shipment/service.ts'
import { StockService } from './stock/service.ts'

/** How the checkout is run: by the order service, or passed on from service to service. */
export const checkoutStyles = ['orchestrated', 'choreographed'] as const
export type CheckoutStyle = (typeof checkoutStyles)[number]

/** The Online Marketplace: eight services, one saga, one gateway. Anew each time, with a payment provider of its own. */
export function createMarketplace(
  style: CheckoutStyle = 'orchestrated',
  checkout: Saga = Checkout,
): System {
  return system('marketplace', {
    services: [
      CartService,
      ProductService,
      StockService,
      OrderService,
      PaymentService,
      ShipmentService,
      CustomerService,
      SellerService,
    ],
    sagas: [
      style === 'choreographed' ? choreographed(checkout) : orchestrated(checkout, { by: Order }),
    ],
    gateways: [MarketplaceGateway],
    adapters: createTestProvider(),
  })
}

export const marketplace = createMarketplace()

/** @alias The command line takes the default export of a file. */
export default marketplace
