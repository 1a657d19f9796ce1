import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../adapters/memory/clock.ts'
import { memoryStores } from '../adapters/memory/store.ts'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { service } from '../language/service.ts'
import { system } from '../language/system.ts'
import { view } from '../language/view.ts'
import type { Broker } from '../messaging/broker.port.ts'
import type { RunningSystem } from '../runtime/running-system.port.ts'
import { startSystem } from '../runtime/start-system.ts'
import { untilIdle } from '../testing/until-idle.ts'
import { tokenWaitMsMax } from './wait-for-token.ts'

const Item = z.object({ id: z.string() })
const Shop = contract('shop', {
  commands: { sell: { input: Item }, hum: { input: Item } },
  events: { Sold: Item, Hummed: Item },
})
const Board = contract('board', {
  queries: { sold: { input: Item, output: z.object({ count: z.int() }) } },
})
const Till = aggregate(Shop, 'till', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { sell: (_till, item) => Shop.Sold(item), hum: (_till, item) => Shop.Hummed(item) },
  evolve: {},
})
const Counts = view('counts', { document: z.object({ count: z.int() }) }).on(Shop.Sold, {
  key: ({ id }) => id,
  evolve: (document, _event) => ({ count: (document?.count ?? 0) + 1 }),
})
const shop = system('shop', {
  services: [
    service(Shop, { aggregates: [Till] }),
    service(Board, {
      views: [Counts],
      queries: { sold: async ({ id }, { read }) => (await read.get(Counts, id)) ?? { count: 0 } },
    }),
  ],
})

/** A broker that can be held: what is published meanwhile reaches nobody. */
interface HeldBroker extends Broker {
  isHeld: boolean
}

function heldBroker(clock: VirtualClock): HeldBroker {
  const inner = memoryBroker({ clock })
  const broker: HeldBroker = {
    supports: inner.supports,
    isHeld: false,
    publish: (batch) => inner.publish(batch),
    wanted: async (topic, incarnation) => (broker.isHeld ? [] : inner.wanted(topic, incarnation)),
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) => inner.subscribe(request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  return broker
}

interface Bench {
  readonly clock: VirtualClock
  readonly broker: HeldBroker
  readonly running: RunningSystem
  /** Lets time pass until a question is answered; says how long that took. */
  readonly ask: (token: Record<string, number>, deadlineMs?: number) => Promise<[unknown, number]>
}

async function openBench(partitions = 1): Promise<Bench> {
  const clock = virtualClock()
  const broker = heldBroker(clock)
  const stores = memoryStores()
  const running = await startSystem(shop, { stores, broker, clock, partitions })
  return {
    clock,
    broker,
    running,
    async ask(token, deadlineMs) {
      const startMs = clock.nowMs()
      const options = { token, ...(deadlineMs === undefined ? {} : { deadlineMs }) }
      const answers: unknown[] = []
      running.query(Board.sold({ id: 'a' }), options).then(
        (answer) => answers.push(answer.ok ? answer.output : answer.rejected),
        (error: unknown) => answers.push(error),
      )
      while (answers.length === 0) await clock.advance(1)
      return [answers[0], clock.nowMs() - startMs]
    },
  }
}

describe('a query with a consistency token', () => {
  it('sees the effect of the command that gave the token', async () => {
    const { running, ask } = await openBench()
    await using _stopped = running
    const { token } = await running.execute(Shop.sell({ id: 'a' }))

    const [answer] = await ask(token)

    assert.deepEqual([answer, token], [{ count: 1 }, { 'shop/0': 1 }])
  })

  it('waits for the partition in which the command was written, and for no other', async () => {
    const { running, ask } = await openBench(8)
    await using _stopped = running
    for (let index = 0; index < 20; index += 1) {
      await running.execute(Shop.sell({ id: `other${index}` }))
    }
    const { token } = await running.execute(Shop.sell({ id: 'a' }))

    const [answer, tookMs] = await ask(token)

    assert.deepEqual(answer, { count: 1 })
    assert.ok(tookMs < 100, `${tookMs}`)
  })

  it('does not wait longer than it has to when there was nothing for its views', async () => {
    const { running, ask } = await openBench()
    await using _stopped = running
    await running.execute(Shop.sell({ id: 'a' }))
    const { token } = await running.execute(Shop.hum({ id: 'a' }))

    const [answer, tookMs] = await ask(token)

    assert.deepEqual(answer, { count: 1 })
    assert.ok(tookMs < 100, `${tookMs}`)
  })

  it('is answered as soon as the views are there, and refused when they are not in time', async () => {
    const { running, ask, broker, clock } = await openBench()
    await using _stopped = running
    broker.isHeld = true
    const { token } = await running.execute(Shop.sell({ id: 'a' }))

    const [late, lateMs] = await ask(token)
    const [own, ownMs] = await ask(token, clock.nowMs() + 70)
    const [past, pastMs] = await ask(token, clock.nowMs() - 1)

    for (const error of [late, own, past]) {
      assert.equal((error as { code: string }).code, 'VIEW_TOKEN_TIMEOUT')
    }
    assert.deepEqual([lateMs, ownMs, pastMs <= 1], [tokenWaitMsMax, 70, true])
  })

  it('does not wait for a view that is being built anew: the present documents answer it', async () => {
    const { running, ask, broker } = await openBench()
    await using _stopped = running
    for (let index = 0; index < 30; index += 1) await running.execute(Shop.sell({ id: 'a' }))
    const { token } = await running.execute(Shop.sell({ id: 'a' }))
    await ask(token)
    broker.isHeld = true

    const rebuilt = running.rebuildView('board', 'counts')
    const [answer, tookMs] = await ask(token)
    broker.isHeld = false
    await ask({ 'shop/0': 0 })
    await running.execute(Shop.sell({ id: 'b' }))

    assert.deepEqual(answer, { count: 31 })
    assert.ok(tookMs < 100, `${tookMs}`)
    let isBuilt = false
    void rebuilt.then(() => {
      isBuilt = true
    })
    while (!isBuilt) await ask({})
  })

  it('is refused at once when a log has not come so far, whoever follows it', async () => {
    const { running, ask } = await openBench(2)
    await using _stopped = running
    const { token } = await running.execute(Shop.sell({ id: 'a' }))
    const [topic = '', position = 0] = Object.entries(token)[0] ?? []
    const ahead = [{ [topic]: position + 1 }, { ...token, 'board/1': 1 }, { 'shop/2': 1 }]

    for (const never of ahead) {
      const [error, tookMs] = await ask(never)
      const { code } = error as { readonly code: string }
      assert.deepEqual([code, tookMs <= 1], ['VIEW_TOKEN_INVALID', true], JSON.stringify(never))
    }
    assert.deepEqual((await ask(token))[0], { count: 1 })
  })

  it('is answered at once when the token says nothing of what the service follows', async () => {
    const { running, ask } = await openBench()
    await using _stopped = running

    const [answer, tookMs] = await ask({ 'elsewhere/0': 99, 'board/0': 0 })

    assert.deepEqual([answer, tookMs <= 1], [{ count: 0 }, true])
  })

  it('waits after a repeated command too', async () => {
    const { running, ask, clock } = await openBench()
    await using _stopped = running
    await running.execute(Shop.sell({ id: 'a' }), { id: 'once' })
    await untilIdle(running, clock)
    const repeated = await running.execute(Shop.sell({ id: 'a' }), { id: 'once' })

    assert.deepEqual([repeated.repeated, repeated.token], [true, { 'shop/0': 1 }])
    assert.deepEqual((await ask(repeated.token))[0], { count: 1 })
  })
})
