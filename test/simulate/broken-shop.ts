// The shop with something that does not hold, for tests of what is said about that.
import { always, scenario } from '../../src/simulate/index.ts'
import { Order } from '../systems/shop.ts'
import { shopScenario } from './shop-scenario.ts'

/** In some worlds a client does not learn what became of an order: here that must not be. */
export const brokenShop = scenario('broken shop', {
  ...shopScenario,
  invariants: [
    always('an order is learned of', (facts) =>
      facts.history.some(({ result, type }) => result === 'unknown' && type === 'order.place')
        ? `${facts.events(Order.Placed).length} orders were placed, and one is not known of`
        : true,
    ),
  ],
})

/** Asks for faults that do not exist in this system. */
export const calmShop = scenario('calm shop', { ...shopScenario, faults: ['maybe'] })
