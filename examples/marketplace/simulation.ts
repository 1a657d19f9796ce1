// The marketplace in worlds that fail: what people do there, and what is true all the while.
import { scenario } from 'dure/simulate'
import { fill } from './simulation/goods.ts'
import { looking } from './simulation/looking.ts'
import { selling } from './simulation/selling.ts'
import { shopping } from './simulation/shopping.ts'
import { stockInvariants } from './simulation/stock.ts'
import { orderInvariants } from './simulation/orders.ts'
import { createMarketplace } from './system.ts'

/** The marketplace as it is simulated. */
export const marketplaceSimulation = scenario('marketplace', {
  system: createMarketplace,
  prepare: fill,
  actions: [...shopping, ...selling, ...looking],
  invariants: [...stockInvariants, ...orderInvariants],
})

/** @alias The command line takes the default export of a file. */
export default marketplaceSimulation
