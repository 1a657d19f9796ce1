// A process that is going to be killed: runs the shop on SQLite, places orders without a pause, and prints the id of
// every order that was answered.
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { Order, Stock, shop } from '../systems/shop.ts'

const [folder = '', prefix = '', clients = '8'] = process.argv.slice(2)
const clock = nodeClock()
const running = await startSystem(shop(), {
  stores: sqliteStores({ folder }),
  broker: memoryBroker({ clock }),
  clock,
})
await running.execute(Stock.supply({ item: 'tea', quantity: 1_000_000 }), { id: 'supply' })
process.stdout.write('ready\n')

let next = 0
async function shopOn(): Promise<never> {
  for (;;) {
    next += 1
    const orderId = `${prefix}-${next}`
    const account = next % 4 === 0 ? 'broke' : 'ann'
    const lines = [
      { item: 'tea', quantity: 2 },
      { item: 'tea', quantity: 1 },
    ]
    await running.execute(Order.place({ orderId, account, cents: 100, lines }), { id: orderId })
    process.stdout.write(`${orderId}\n`)
  }
}

process.on('SIGTERM', () => {
  void running.stop().then(() => process.exit(0))
})
await Promise.allSettled(Array.from({ length: Number(clients) }, shopOn))
