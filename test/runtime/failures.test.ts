import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import {
  contract,
  type RunningSystem,
  type System,
  service,
  startSystem,
  system,
} from '../../src/index.ts'
import { type Bank, Payment, shop } from '../systems/shop.ts'
import type { PortAdapter } from '../../src/language/port.ts'

function start(definition: System): Promise<RunningSystem> {
  const clock = nodeClock()
  return startSystem(definition, { stores: memoryStores(), broker: memoryBroker({ clock }), clock })
}

const pay = Payment.pay({ orderId: 'a', account: 'ann', cents: 1 })

function payBy(charge: PortAdapter<typeof Bank>['charge']): Promise<RunningSystem> {
  return start(shop({ charge }))
}

describe('a command that waits for the outside', () => {
  it('is given up at its deadline, and the driven port is told', async () => {
    let isTold = false
    await using running = await payBy((_input, { signal }) => {
      const { promise, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => {
        isTold = true
        reject(new TypeError('too late'))
      })
      return promise
    })

    await assert.rejects(running.execute(pay, { deadlineMs: Date.now() + 5 }), {
      code: 'COMMAND_DEADLINE_EXCEEDED',
    })
    assert.equal(isTold, true)
  })

  it('fails when the driven port fails, and can be tried again under its id', async () => {
    let calls = 0
    await using running = await payBy(async () => {
      calls += 1
      if (calls === 1) throw new TypeError('the bank is closed')
      return { accepted: true }
    })

    await assert.rejects(running.execute(pay, { id: 'once' }), { code: 'COMMAND_PREPARE_FAILED' })
    const again = await running.execute(pay, { id: 'once' })

    assert.deepEqual({ ok: again.ok, repeated: again.repeated }, { ok: true, repeated: false })
  })
})

describe('a query', () => {
  it('that throws fails by name, and leaves the service alone', async () => {
    const Broken = contract('broken', {
      queries: { ask: { input: z.object({ fail: z.boolean() }), output: z.string() } },
    })
    const definition = service(Broken, {
      queries: {
        ask: async ({ fail }) => {
          if (fail) throw new TypeError('a bug')
          return 'fine'
        },
      },
    })
    await using running = await start(system('broken', { services: [definition] }))

    await assert.rejects(running.query(Broken.ask({ fail: true })), { code: 'QUERY_FAILED' })
    const answer = await running.query(Broken.ask({ fail: false }))

    assert.deepEqual(answer, { ok: true, output: 'fine' })
  })
})
