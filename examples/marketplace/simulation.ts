// The marketplace in worlds that fail: what people do there, and what is true all the while.
import type { Saga } from 'dure'
import { type Scenario, scenario } from 'dure/simulate'
import { Checkout } from './checkout.ts'
import { businessState } from './simulation/business-state.ts'
import { certainEnds } from './simulation/certain-ends.ts'
import { certainActions, fillPlentifully } from './simulation/certain-shopping.ts'
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
import { type CheckoutStyle, createMarketplace } from './system.ts'

/** With a deadline the end of a checkout would depend on how long everything takes. */
export const patientCheckout: Saga = { ...Checkout, deadlineMs: undefined }

/** The marketplace as it is simulated, with its checkout in one of the two styles. */
function simulationOf(name: string, style: CheckoutStyle): Scenario {
  return scenario(name, {
    system: () => createMarketplace(style),
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
}

// #region twin
/** Worlds of which the end is certain: both styles of the checkout have to come to it. */
export const equivalence = scenario('equivalence', {
  system: () => createMarketplace('orchestrated', patientCheckout),
  twin: { system: () => createMarketplace('choreographed', patientCheckout), end: businessState },
  prepare: fillPlentifully,
  actions: certainActions,
  invariants: certainEnds,
})
// #endregion twin

export const marketplaceSimulation = simulationOf('marketplace', 'orchestrated')

/** The same, with a checkout that its participants pass on. */
export const choreographedMarketplace = simulationOf('choreographed-marketplace', 'choreographed')

/** @alias The command line takes the default export of a file. */
export default marketplaceSimulation
