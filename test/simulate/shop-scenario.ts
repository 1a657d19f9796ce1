// The shop as it is simulated: clients who supply and order, and what must be true of their orders.
import {
  action,
  atEnd,
  type Scenario,
  type SimulatedClient,
  scenario,
  sometimes,
} from '../../src/simulate/scenario.ts'
import { Order, PlaceOrder, shop, Stock, StockItem, type Style } from '../systems/shop.ts'

export const items = ['tea', 'jam', 'rice'] as const
const accounts = ['ann', 'bob', 'broke'] as const

/** Puts a little of everything on the shelves: not enough for every order. */
export async function stockShelves(client: SimulatedClient): Promise<void> {
  for (const item of items) await client.insist(Stock.supply({ item, quantity: 12 }))
}

/** An order of one to three lines, by somebody who may have no money. */
export function drawOrder(client: SimulatedClient): ReturnType<typeof Order.place> {
  const orderId = `o${client.chance.between(1, 1e9)}`
  const lines = Array.from({ length: client.chance.between(1, 3) }, () => ({
    item: client.pick(items),
    quantity: client.chance.between(1, 2),
  }))
  return Order.place({ orderId, account: client.pick(accounts), cents: 100, lines })
}

/** Orders of one to three lines, some of which cannot be filled or paid. */
export const shopScenario = scenarioOf('shop', 'orchestrated')

/** The same, with an operator who cancels orders on their way. */
export const cancelledShop: Scenario = {
  ...shopScenario,
  mayCancel: true,
  invariants: [
    ...(shopScenario.invariants ?? []),
    sometimes('an order is cancelled by the operator', (facts) =>
      facts.sagas(PlaceOrder).some(({ failure }) => failure?.rejected === 'Cancelled'),
    ),
  ],
}

/** The same, with a saga that its participants pass on. */
export const choreographedShop = scenarioOf('choreographed-shop', 'choreographed')

function scenarioOf(name: string, style: Style): Scenario {
  return scenario(name, {
    system: () => shop(undefined, style),
    prepare: stockShelves,
    actions: [
      action(
        'order',
        async (client) => {
          await client.insist(drawOrder(client))
        },
        4,
      ),
      action('supply', async (client) => {
        await client.send(Stock.supply({ item: client.pick(items), quantity: 1 }))
      }),
    ],
    invariants: [
      atEnd('reservations are of confirmed orders', (facts) => {
        const confirmed = new Set(facts.events(Order.Confirmed).map(({ data }) => data.orderId))
        const kept = new Map<string, number>()
        for (const { data } of facts.events(Order.Placed)) {
          if (!confirmed.has(data.orderId)) continue
          for (const { item, quantity } of data.lines)
            kept.set(item, (kept.get(item) ?? 0) + quantity)
        }
        for (const [item, { reserved }] of facts.states(StockItem)) {
          if (reserved !== (kept.get(item) ?? 0)) return `${item} has ${reserved} reserved`
        }
        return true
      }),
      sometimes('an order is compensated', (facts) =>
        facts.sagas(PlaceOrder).some(({ status }) => status === 'compensated'),
      ),
    ],
  })
}

/** @alias The command line takes the default export of a file. */
export default shopScenario
