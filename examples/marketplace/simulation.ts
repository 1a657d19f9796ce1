// The marketplace in worlds that fail: what people do there, and what is true all the while.
import { scenario } from 'dure/simulate'
import { fill } from './simulation/goods.ts'
import { looking } from './simulation/looking.ts'
import { selling } from './simulation/selling.ts'
import { shopping } from './simulation/shopping.ts'
import { dashboardInvariants } from './simulation/dashboards.ts'
import { endInvariants } from './simulation/ends.ts'
import { moneyInvariants } from './simulation/money.ts'
import { priceInvariants } from './simulation/prices.ts'
import { reached } from './simulation/reached.ts'
import { shipmentInvariants } from './simulation/shipments.ts'
import { stockInvariants } from './simulation/stock.ts'
import { orderInvariants } from './simulation/orders.ts'
import { createMarketplace } from './system.ts'

/** The marketplace as it is simulated. */
export const marketplaceSimulation = scenario('marketplace', {
  system: createMarketplace,
  prepare: fill,
  actions: [...shopping, ...selling, ...looking],
  invariants: [
    ...stockInvariants,
    ...orderInvariants,
    ...moneyInvariants,
    ...endInvariants,
    ...shipmentInvariants,
    ...priceInvariants,
    ...dashboardInvariants,
    ...reached,
  ],
})

/** @alias The command line takes the default export of a file. */
export default marketplaceSimulation
