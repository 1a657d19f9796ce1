import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { aggregate, contract, policy, service, system } from '../../src/index.ts'
import { startSystem } from '../../src/runtime/start-system.ts'

const Nothing = z.object({})
const Count = z.object({ count: z.int() })

const Door = contract('door', {
  commands: { open: { input: Nothing } },
  events: { Opened: Nothing },
})
const Bell = contract('bell', {
  commands: { ring: { input: Nothing } },
  events: { Rung: Nothing },
  queries: { rung: { input: Nothing, output: Count } },
})
const Diary = contract('diary', {
  commands: { note: { input: Nothing } },
  events: { Noted: Nothing },
  queries: { noted: { input: Nothing, output: Count } },
})

const Leaf = aggregate(Door, 'leaf', {
  key: () => 'front',
  initial: () => ({}),
  decide: { open: () => Door.Opened({}) },
  evolve: {},
})
const Clapper = aggregate(Bell, 'clapper', {
  key: () => 'front',
  initial: () => ({ count: 0 }),
  decide: { ring: () => Bell.Rung({}) },
  evolve: { Rung: ({ count }) => ({ count: count + 1 }) },
})
const Page = aggregate(Diary, 'page', {
  key: () => 'front',
  initial: () => ({ count: 0 }),
  decide: { note: () => Diary.Noted({}) },
  evolve: { Noted: ({ count }) => ({ count: count + 1 }) },
})

const Answer = policy('answer').on(Door.Opened, () => [Bell.ring({}), Diary.note({})])

const house = system('house', {
  services: [
    service(Door, { aggregates: [Leaf] }),
    service(Bell, {
      aggregates: [Clapper],
      policies: [Answer],
      queries: {
        rung: async (_, { read }) => (await read.state(Clapper, 'front')) ?? { count: 0 },
      },
    }),
    service(Diary, {
      aggregates: [Page],
      queries: { noted: async (_, { read }) => (await read.state(Page, 'front')) ?? { count: 0 } },
    }),
  ],
})

describe('erasing one service', () => {
  it('runs its policies again over the history of others: its own state comes back, and what it orders elsewhere is done again', async () => {
    using clock = nodeClock()
    const parts = { stores: memoryStores(), broker: memoryBroker({ clock }), clock }
    await using running = await startSystem(house, parts)
    const settle = async (): Promise<void> => {
      while (!(await running.idle()).idle) {
        await new Promise<void>((resolve) => void clock.after(1, resolve))
      }
    }
    const counts = async (): Promise<readonly unknown[]> => {
      const answers = [await running.query(Bell.rung({})), await running.query(Diary.noted({}))]
      return answers.map((answer) => answer.ok && answer.output)
    }
    await running.execute(Door.open({}))
    await settle()
    const before = await counts()

    await running.erase(['bell'])
    await settle()
    const alone = await counts()
    await running.erase(['bell', 'diary'])
    await settle()
    const together = await counts()

    assert.deepEqual(before, [{ count: 1 }, { count: 1 }])
    assert.deepEqual(alone, [{ count: 1 }, { count: 2 }])
    assert.deepEqual(together, [{ count: 1 }, { count: 1 }])
  })
})
