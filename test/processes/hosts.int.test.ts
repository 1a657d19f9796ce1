import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Host } from '../../src/cli/processes/open-host.ts'
import { DureError } from '../../src/language/errors.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { Order, Payment, shop, Stock, type Style } from '../systems/shop.ts'
import { HostBench } from './host-bench.ts'

interface OpenShop {
  readonly bench: HostBench
  readonly gateway: Host
}

/** Three services on three hosts, and a gateway without any. */
async function openShop(bench: HostBench): Promise<OpenShop> {
  const opening = ['stock', 'payment', 'order'].map((name) => bench.open(name, [name]))
  const [gateway] = await Promise.all([bench.open('gateway', []), ...opening])
  return { bench, gateway }
}

const order = (orderId: string, account = 'anna') =>
  Order.place({ orderId, account, cents: 500, lines: [{ item: 'tea', quantity: 2 }] })

describe('services on hosts of their own', () => {
  for (const style of ['orchestrated', 'choreographed'] satisfies readonly Style[]) {
    it(`carry a saga out over their feeds, ${style}`, async () => {
      await using bench = new HostBench(shop(undefined, style))
      const { gateway } = await openShop(bench)
      const { running } = gateway

      await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))
      await running.execute(order('good'))
      await running.execute(order('bad', 'broke'))
      await untilIdle(running, bench.clock)

      const statusOf = async (orderId: string): Promise<unknown> => {
        const outcome = await running.query(Order.status({ orderId }))
        return outcome.ok && outcome.output
      }
      assert.deepEqual(await statusOf('good'), { status: 'confirmed' })
      assert.deepEqual(await statusOf('bad'), { status: 'failed: Declined' })
      const item = await running.query(Stock.item({ item: 'tea' }))
      assert.deepEqual(item.ok && item.output, { available: 10, reserved: 2 })
      const { instances } = await running.sagas()
      assert.deepEqual(
        instances.map(({ key, status }) => [key, status]),
        [
          ['bad', 'compensated'],
          ['good', 'completed'],
        ],
      )
      const story = await running.saga('place-order', 'good')
      assert.deepEqual(story.unseen, [])
      assert.ok(
        story.moments.some(({ service, type }) => service === 'stock' && type === 'stock.Reserved'),
      )
    })
  }

  it('answer a query that carries a token once its views have come so far', async () => {
    await using bench = new HostBench(shop())
    const { running } = (await openShop(bench)).gateway
    const pay = Payment.pay({ orderId: 'one', account: 'anna', cents: 500 })

    const { token } = await running.execute(pay)
    const spent = await running.query(Payment.spent({ account: 'anna' }), { token })

    assert.deepEqual(spent.ok && spent.output, { cents: 500, payments: 1 })
  })

  it('make calls wait while one of them restarts, and lose nothing', async () => {
    await using bench = new HostBench(shop())
    const { running } = (await openShop(bench)).gateway
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    await bench.close('stock')
    await running.execute(order('late'))
    const waiting = running.execute(Stock.supply({ item: 'tea', quantity: 1 }))
    await bench.open('stock', ['stock'])
    await waiting
    await untilIdle(running, bench.clock)

    const item = await running.query(Stock.item({ item: 'tea' }))
    assert.deepEqual(item.ok && item.output, { available: 11, reserved: 2 })
  })

  it('start while one that they have followed before is away', async () => {
    await using bench = new HostBench(shop())
    const { running } = (await openShop(bench)).gateway
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))
    await running.execute(order('first'))
    await untilIdle(running, bench.clock)

    await bench.close('payment')
    await bench.close('order')
    await bench.open('order', ['order'])
    const placed = await running.execute(order('second'))
    await bench.open('payment', ['payment'])
    await untilIdle(running, bench.clock)

    assert.equal(placed.ok, true)
    const status = await running.query(Order.status({ orderId: 'second' }))
    assert.deepEqual(status.ok && status.output, { status: 'confirmed' })
  })

  it('are erased together, and begin anew', async () => {
    await using bench = new HostBench(shop())
    const { running } = (await openShop(bench)).gateway
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))
    await running.execute(order('before'))
    await untilIdle(running, bench.clock)
    const { epoch } = running

    await running.erase(['stock', 'payment', 'order'])
    await running.execute(Stock.supply({ item: 'tea', quantity: 5 }))
    await running.execute(order('after'))
    await untilIdle(running, bench.clock)

    assert.notEqual(running.epoch, epoch)
    const item = await running.query(Stock.item({ item: 'tea' }))
    assert.deepEqual(item.ok && item.output, { available: 5, reserved: 2 })
    const { instances } = await running.sagas()
    assert.deepEqual(
      instances.map(({ key }) => key),
      ['after'],
    )
  })

  it('share the store of a service, and start at the same time', async () => {
    await using bench = new HostBench(shop())
    const twins = ['stock.2', 'payment.2', 'order.2'].map((name) =>
      bench.open(name, [name.slice(0, -2)]),
    )
    const { running } = (await openShop(bench)).gateway
    await Promise.all(twins)
    const ids = Array.from({ length: 20 }, (_, index) => `order ${index}`)

    await running.execute(Stock.supply({ item: 'tea', quantity: 30 }))
    await Promise.all(ids.map((id) => running.execute(order(id))))
    await untilIdle(running, bench.clock)

    const item = await running.query(Stock.item({ item: 'tea' }))
    assert.deepEqual(item.ok && item.output, { available: 30, reserved: 30 })
    await assert.rejects(
      running.rebuildView('stock', 'levels'),
      (error) => error instanceof DureError && error.code === 'PROCESS_REFUSED',
    )
    const { instances } = await running.sagas()
    const ends = Map.groupBy(instances, ({ status }) => status)
    assert.deepEqual([ends.get('completed')?.length, ends.get('compensated')?.length], [15, 5])
  })

  it('tell how they are, and who of them is away', async () => {
    await using bench = new HostBench(shop())
    const { running } = (await openShop(bench)).gateway
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    await bench.close('payment')
    const { services } = await running.status()

    assert.deepEqual(
      services.map(({ name, commands, failing }) => [name, commands, failing]),
      [
        ['stock', 1, undefined],
        ['payment', 0, 'CALL_UNANSWERED'],
        ['order', 0, undefined],
      ],
    )
    assert.equal((await running.idle()).idle, false)
  })
})
