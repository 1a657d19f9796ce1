import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { healed, Order, Payment, shop, Stock } from '../systems/shop.ts'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import type { Command } from '../../src/language/message.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { CommandAnswer, RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'

const line = { item: 'tea', quantity: 2 }
const order = (orderId: string, account = 'ann', lines = [line]): Command =>
  Order.place({ orderId, account, cents: 500, lines })

function start(stores: StoreProvider = memoryStores(), system = shop()): Promise<RunningSystem> {
  const clock = nodeClock()
  return startSystem(system, { stores, broker: memoryBroker({ clock }), clock })
}

/** Waits until the system says that nothing is left to do. */
async function settle(running: RunningSystem): Promise<void> {
  const clock = nodeClock()
  const limitMs = clock.nowMs() + 20_000
  for (;;) {
    const report = await running.idle()
    if (report.idle) return
    if (clock.nowMs() > limitMs) assert.fail(`not idle: ${JSON.stringify(report)}`)
    await new Promise<void>((resolve) => clock.after(2, resolve))
  }
}

async function outputOf(
  running: RunningSystem,
  query: ReturnType<typeof Stock.item>,
): Promise<unknown> {
  const answer = await running.query(query)
  return answer.ok ? answer.output : answer.rejected
}

async function statusOf(running: RunningSystem, orderId: string): Promise<unknown> {
  const answer = await running.query(Order.status({ orderId }))
  return answer.ok ? answer.output : answer.rejected
}

describe('a running system', () => {
  it('answers a command with its output, and a query with what the command did', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 3 }))

    const answer = await running.execute(Stock.reserve({ orderId: 'a', ...line }))

    assert.equal(answer.ok, true)
    assert.deepEqual(answer.ok && answer.output, { orderId: 'a', ...line })
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 3,
      reserved: 2,
    })
  })

  it('answers a rejection as a value', async () => {
    await using running = await start()

    const answer = await running.execute(Stock.reserve({ orderId: 'a', ...line }))

    assert.deepEqual(
      { ok: answer.ok, rejected: !answer.ok && answer.rejected },
      { ok: false, rejected: 'OutOfStock' },
    )
  })

  it('takes effect once for a command id, and answers a repetition as the first time', async () => {
    await using running = await start()
    const supply = Stock.supply({ item: 'tea', quantity: 3 })

    const answers: CommandAnswer[] = await Promise.all(
      Array.from({ length: 20 }, () => running.execute(supply, { id: 'once' })),
    )

    assert.equal(answers.filter(({ repeated }) => !repeated).length, 1)
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 3,
      reserved: 0,
    })
    await assert.rejects(
      running.execute(Stock.supply({ item: 'tea', quantity: 4 }), { id: 'once' }),
      {
        code: 'COMMAND_ID_REUSED',
      },
    )
  })

  it('lets no concurrent commands of one stream conflict, and sells no more than there is', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 50 }))

    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        running.execute(Stock.reserve({ orderId: `o${index}`, item: 'tea', quantity: 1 })),
      ),
    )

    assert.equal(answers.filter(({ ok }) => ok).length, 50)
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 50,
      reserved: 50,
    })
  })

  it('completes a saga: every step done, in every service', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    await running.execute(order('a'))
    await settle(running)

    assert.deepEqual(await statusOf(running, 'a'), { status: 'confirmed' })
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 10,
      reserved: 2,
    })
    const spent = await running.query(Payment.spent({ account: 'ann' }))
    assert.deepEqual(spent.ok && spent.output, { cents: 500, payments: 1 })
  })

  it('undoes a saga whose pivot is rejected, and tells of the failure', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    await running.execute(order('a', 'broke', [line, { item: 'tea', quantity: 3 }]))
    await settle(running)

    assert.deepEqual(await statusOf(running, 'a'), { status: 'failed: Declined' })
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 10,
      reserved: 0,
    })
  })

  it('carries out many sagas at once, each to one end', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 100 }))

    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        running.execute(order(`o${index}`, index % 3 ? 'ann' : 'broke')),
      ),
    )
    await settle(running)

    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, index) =>
        JSON.stringify(await statusOf(running, `o${index}`)),
      ),
    )
    const confirmed = statuses.filter((status) => status.includes('confirmed')).length
    assert.equal(statuses.filter((status) => /confirmed|failed/.test(status)).length, 200)
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 100,
      reserved: confirmed * 2,
    })
    const spent = await running.query(Payment.spent({ account: 'ann' }))
    assert.deepEqual(spent.ok && spent.output, { cents: confirmed * 500, payments: confirmed })
  })

  it('goes on where it stopped', async () => {
    const stores = memoryStores()
    const first = await start(stores)
    await first.execute(Stock.supply({ item: 'tea', quantity: 100 }))
    await Promise.all(Array.from({ length: 20 }, (_, index) => first.execute(order(`o${index}`))))
    await first.stop()

    await using second = await start(stores)
    await settle(second)

    for (let index = 0; index < 20; index += 1) {
      assert.deepEqual(await statusOf(second, `o${index}`), { status: 'confirmed' })
    }
    assert.deepEqual(await outputOf(second, Stock.item({ item: 'tea' })), {
      available: 100,
      reserved: 40,
    })
  })

  it('tries a driven port again until it answers', async () => {
    let calls = 0
    const keys = new Set<string>()
    await using running = await start(
      memoryStores(),
      shop({
        charge: async (_input, { idempotencyKey }) => {
          calls += 1
          keys.add(idempotencyKey)
          if (calls < 3) throw new TypeError('the bank is closed')
          return { accepted: true }
        },
      }),
    )
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    await running.execute(order('a'))
    await settle(running)

    assert.deepEqual(await statusOf(running, 'a'), { status: 'confirmed' })
    assert.deepEqual({ calls, keys: keys.size }, { calls: 3, keys: 1 })
  })

  it('parks the key of a message that cannot be handled, and lets a redrive take effect once', async () => {
    await using running = await start()
    await Promise.all(['poison-1', 'b'].map((id) => running.execute(order(id))))
    await settle(running)

    const [parked, ...others] = await running.parked()
    assert.deepEqual([parked?.key, others.length], ['order/poison-1', 0])
    assert.deepEqual(await running.redrive(parked?.id ?? ''), {
      handled: false,
      reason: 'a bug in a policy',
    })
    healed.add('poison-1')
    assert.deepEqual(await running.redrive(parked?.id ?? ''), { handled: true })

    await assert.rejects(running.redrive(parked?.id ?? ''), { code: 'PARKED_UNKNOWN' })
    assert.deepEqual(await running.parked(), [])
  })

  it('builds views anew, inline and async, to the same documents, while commands go on', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 1_000 }))
    const orders = Array.from({ length: 100 }, (_, index) => running.execute(order(`o${index}`)))

    await Promise.all([
      running.rebuildView('stock', 'levels'),
      running.rebuildView('payment', 'spending'),
      ...orders,
    ])
    await settle(running)

    const spent = await running.query(Payment.spent({ account: 'ann' }))
    assert.deepEqual(spent.ok && spent.output, { cents: 50_000, payments: 100 })
    await assert.rejects(running.rebuildView('stock', 'nothing'), { code: 'VIEW_UNKNOWN' })
  })

  it('starts services over after an erase: views of what was erased are empty, ids may come again', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 100 }))
    await running.execute(order('a'), { id: 'once' })
    await settle(running)
    const { epoch } = running

    await running.erase(['order', 'payment'])
    await running.execute(order('a'), { id: 'once' })
    await settle(running)

    assert.notEqual(running.epoch, epoch)
    assert.deepEqual(await statusOf(running, 'a'), { status: 'confirmed' })
    assert.deepEqual(await outputOf(running, Stock.item({ item: 'tea' })), {
      available: 100,
      reserved: 4,
    })
    const spent = await running.query(Payment.spent({ account: 'ann' }))
    assert.deepEqual(spent.ok && spent.output, { cents: 500, payments: 1 })
  })

  it('waits for a consistency token: a query sees the command before it', async () => {
    await using running = await start()
    await running.execute(Stock.supply({ item: 'tea', quantity: 10 }))

    const paid = await running.execute(Payment.pay({ orderId: 'x', account: 'bob', cents: 7 }))
    const spent = await running.query(Payment.spent({ account: 'bob' }), { token: paid.token })

    assert.deepEqual(spent.ok && spent.output, { cents: 7, payments: 1 })
  })

  it('takes no more work once it stops', async () => {
    const running = await start()
    await running.stop()

    await assert.rejects(running.execute(order('a')), { code: 'SYSTEM_STOPPING' })
  })

  it('refuses data that does not fit, ids that are not usable, and commands that nobody decides', async () => {
    await using running = await start()

    await assert.rejects(running.execute({ ...order('a'), data: { orderId: 1 } }), {
      code: 'COMMAND_INPUT_INVALID',
    })
    await assert.rejects(running.execute(order('a'), { id: '' }), { code: 'COMMAND_ID_INVALID' })
    await assert.rejects(running.execute({ ...order('a'), type: 'order.none' }), {
      code: 'COMMAND_UNKNOWN',
    })
    await assert.rejects(running.query({ ...Order.status({ orderId: 'a' }), type: 'order.none' }), {
      code: 'QUERY_UNKNOWN',
    })
    await assert.rejects(running.query({ ...Order.status({ orderId: 'a' }), data: 1 }), {
      code: 'QUERY_INPUT_INVALID',
    })
  })
})
