// The shop with everything that goes wrong in it: orders that cannot be filled or paid, a policy that throws, ids that
// are used again by the same caller and by others, and views that lag.
import { action, scenario } from '../../../src/simulate/scenario.ts'
import { healed, Order, shop, Stock } from '../../systems/shop.ts'
import { drawOrder, items, stockShelves } from '../shop-scenario.ts'

export const busyShop = scenario('busy shop', {
  system: () => shop(),
  mayPark: true,
  prepare: stockShelves,
  actions: [
    action(
      'order',
      async (client) => {
        const command = drawOrder(client)
        const asked = { id: `order ${command.data.orderId}`, actor: client.name }
        await client.insist(command, asked)
        // A caller who is not sure asks again.
        if (client.chance.happens(0.3)) {
          await client.insist(command, asked)
        }
      },
      6,
    ),
    action('poison', async (client) => {
      for (const reason of ['first', 'second', 'third']) {
        await client.insist(Order.fail({ orderId: `poison${client.chance.between(1, 2)}`, reason }))
      }
    }),
    action('moody', async (client) => {
      const orderId = `moody${client.chance.between(1, 1e9)}`
      for (const reason of ['first', 'second', 'third']) {
        await client.insist(Order.fail({ orderId, reason }))
        if (client.chance.happens(0.5)) await client.pause(client.chance.between(1, 20_000))
      }
    }),
    action('nervous', async (client) => {
      const orderId = `nervous${client.chance.between(1, 1e9)}`
      const reasons = ['a', 'b', 'c']
      await Promise.all(reasons.map((reason) => client.insist(Order.fail({ orderId, reason }))))
    }),
    action('supply', async (client) => {
      await client.insist(Stock.supply({ item: client.pick(items), quantity: 1 }))
    }),
    action('same id', async (client) => {
      // The same id by another caller, with another payload.
      const id = `shared ${client.chance.between(1, 2)}`
      const quantity = client.chance.between(1, 5)
      await client.send(Stock.supply({ item: 'tea', quantity }), { id, actor: client.name })
    }),
  ],
})

/** Messages that can be handled once their bug is mended, while others of their key are on the way. */
export const mendedShop = scenario('mended shop', {
  system: () => shop(),
  mayPark: true,
  actions: [
    action('mended', async (client) => {
      const orderId = `poison${client.chance.between(1, 1e9)}`
      healed.delete(orderId)
      for (let number = 1; number <= 6; number += 1) {
        await client.insist(Order.fail({ orderId, reason: `${number}` }))
        await client.pause(client.chance.between(1, 3_000))
        if (number === 2) healed.add(orderId)
      }
    }),
  ],
})
