import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Command, type RouteCalls, type RunningSystem, startSystem, system } from 'dure'
import { memoryBroker, memoryStores } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { Shipment } from '../shipment/contract.ts'
import { ShipmentService } from '../shipment/service.ts'
import { runDelivery } from './delivery.ts'
import { noAddress } from '../testing/address.ts'

type Calls = Parameters<typeof runDelivery>[0]

const clock = nodeClock()

function start(): Promise<RunningSystem> {
  const carriers = system('carriers', { services: [ShipmentService] })
  return startSystem(carriers, { stores: memoryStores(), broker: memoryBroker({ clock }), clock })
}

/** The calls of a route. `before` may let something happen before a command. */
function callsTo(
  running: RunningSystem,
  before: (type: string, id: string) => Promise<void>,
): Calls {
  const command = async (given: Command, options?: { readonly id?: string }) => {
    await before(given.type, options?.id ?? '')
    return running.execute(given, options)
  }
  // Why the casts: the running system answers what a contract says.
  return {
    command: command as RouteCalls['command'],
    query: running.query.bind(running) as RouteCalls['query'],
  }
}

function ship(running: RunningSystem, sellerId: number, orderId: number): Promise<unknown> {
  const item = { sellerId, productId: 1, productName: '', freightCents: 0, quantity: 1 }
  const order = {
    transaction: `t/${orderId}`,
    customerId: 1,
    orderId,
    address: noAddress,
    packages: [item],
  }
  return running.execute(Shipment.create(order))
}

describe('a delivery that is asked for twice at once', () => {
  it('delivers nothing more once it has been told as done', async () => {
    await using running = await start()
    await ship(running, 1, 1)
    let first: Promise<unknown> = Promise.resolve()
    const concluding = Promise.withResolvers<void>()
    const late = Promise.withResolvers<void>()
    // The second request has read how far the delivery is, and finds more to do, just before the first one ends it.
    const second = callsTo(running, async (type, id) => {
      if (type !== 'shipment.plan' || !id.endsWith('/1')) return
      concluding.resolve()
      await first
    })
    first = runDelivery(
      callsTo(running, async (type) => {
        if (type !== 'shipment.conclude') return
        late.resolve()
        await concluding.promise
      }),
      'd',
    )
    await late.promise
    await ship(running, 2, 2)

    const [told, toldAgain] = [runDelivery(second, 'd'), first].toReversed()

    assert.deepEqual(await told, [{ customerId: 1, orderId: 1, sellerId: 1 }])
    assert.deepEqual(await toldAgain, await told)
    const open = await running.query(Shipment.openParts({ limit: 10 }))
    assert.deepEqual(open.ok && open.output, [{ customerId: 1, orderId: 2, sellerId: 2 }])
  })
})
