// What a saga knows is what its store gives back: what JSON does not hold is missing from the first step on, and not only
// after a restart.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  saga,
  service,
  system,
} from '../../src/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'

const Asked = z.object({ id: z.string(), at: z.string() })
const Desk = contract('desk', { commands: { ask: { input: Asked } }, events: { Asked } })
const Done = z.object({ at: z.string() })
const Shop = contract('shop', { commands: { sell: { input: Done } }, events: { Sold: Done } })
const Asking = aggregate(Desk, 'asking', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { ask: (_asking, asked) => Desk.Asked(asked) },
  evolve: {},
})
const Selling = aggregate(Shop, 'selling', {
  key: () => 'one',
  initial: () => ({}),
  decide: { sell: (_selling, done) => Shop.Sold(done) },
  evolve: {},
})

const Request = z.object({ id: z.string(), at: z.coerce.date() })
type Plan = ReturnType<typeof planOf>

function planOf(key: (input: { readonly id: string }) => string) {
  return saga('job', { input: Request, key })
    .startsOn(Desk.Asked, ({ id, at }) => ({ id, at: new Date(at) }))
    .pivot('sell', { run: ({ input }) => Shop.sell({ at: input.at.toISOString() }) })
}

/** Asks once, lets everything happen, and gives what is parked. */
async function parkedOf(style: 'orchestrated' | 'choreographed', plan: Plan): Promise<string[]> {
  const clock = virtualClock()
  const definition = system('jobs', {
    services: [service(Desk, { aggregates: [Asking] }), service(Shop, { aggregates: [Selling] })],
    sagas: [style === 'choreographed' ? choreographed(plan) : orchestrated(plan, { by: Desk })],
  })
  const broker = memoryBroker({ clock })
  const stores = memoryStores()
  const running = await startSystem(definition, { stores, broker, clock, report: () => undefined })
  const answer = await running.execute(Desk.ask({ id: '1', at: '2026-01-01T00:00:00.000Z' }))
  assert.ok(answer.ok)
  await clock.advance(10_000)
  const parked = await running.parked()
  await running.stop()
  return parked.map(({ type, reason }) => `${type}: ${reason}`)
}

for (const style of ['orchestrated', 'choreographed'] as const) {
  describe(`a saga that is ${style}`, () => {
    it('sees of its input what is kept of it: a date is a text from the first step on', async () => {
      assert.deepEqual(
        await parkedOf(
          style,
          planOf(({ id }) => id),
        ),
        ['desk.Asked: input.at.toISOString is not a function'],
      )
    })

    it('does not begin without a key', async () => {
      const keyless = (): string => undefined as unknown as string
      assert.deepEqual(await parkedOf(style, planOf(keyless)), [
        'desk.Asked: The key of saga "job" is not a text but undefined for this input. Let its key function give a text for every input.',
      ])
    })
  })
}
