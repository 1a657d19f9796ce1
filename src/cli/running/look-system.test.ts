import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { memoryBroker } from '../../adapters/memory/broker.ts'
import { virtualClock } from '../../adapters/memory/clock.ts'
import { memoryStores } from '../../adapters/memory/store.ts'
import { aggregate, contract, policy, service, system, view } from '../../language/index.ts'
import type { Broker } from '../../messaging/broker.port.ts'
import { startSystem } from '../../runtime/start-system.ts'
import { untilIdle } from '../../testing/until-idle.ts'
import { lookIntoSystem } from './look-system.ts'

const Note = z.object({ text: z.string() })
const Desk = contract('desk', {
  commands: { write: { input: Note }, hum: { input: Note } },
  events: { Written: Note, Hummed: Note },
})
const Hall = contract('hall', { commands: { hang: { input: Note } }, events: { Hung: Note } })

const Book = aggregate(Desk, 'book', {
  key: ({ text }) => text,
  initial: () => ({}),
  decide: { write: (_book, note) => Desk.Written(note), hum: (_book, note) => Desk.Hummed(note) },
  evolve: {},
})
const Board = aggregate(Hall, 'board', {
  key: () => 'board',
  initial: () => ({}),
  decide: { hang: (_board, note) => Hall.Hung(note) },
  evolve: {},
})
const Hang = policy('hang').on(Desk.Written, (note) => {
  if (note.text === 'poison') throw new RangeError('poison')
  return Hall.hang(note)
})
const Notes = view('notes', { document: Note }).on(Desk.Written, {
  key: ({ text }) => text,
  evolve: (_note, event) => event,
})

const house = system('house', {
  services: [
    service(Desk, { aggregates: [Book], views: [Notes] }),
    service(Hall, { aggregates: [Board], policies: [Hang] }),
  ],
})

/** What a system leaves behind that was ended before anything was taken. */
async function leaveWork() {
  const clock = virtualClock()
  const stores = memoryStores()
  const inner = memoryBroker({ clock })
  let isHeld = false
  const broker: Broker = {
    supports: inner.supports,
    publish: (batch) => inner.publish(batch),
    wanted: async (topic, incarnation) => (isHeld ? [] : inner.wanted(topic, incarnation)),
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) => inner.subscribe(request),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
  const running = await startSystem(house, { stores, broker, clock })
  await running.execute(Desk.write({ text: 'poison' }))
  await untilIdle(running, clock)
  isHeld = true
  for (const text of ['a', 'b']) {
    await running.execute(Desk.write({ text }))
    await running.execute(Desk.hum({ text }))
  }
  await running.stop()
  return { clock, stores }
}

describe('a look into the data of a system that does not run', () => {
  it('says what is left to do, as often as it is asked, and does none of it', async () => {
    const { clock, stores } = await leaveWork()
    const look = async () => {
      await using open = await lookIntoSystem(house, { stores, clock })
      await clock.advance(60_000)
      const { services } = await open.operations.status()
      return services.map(({ name, position, inboxLag, parked, views }) => ({
        name,
        position,
        inboxLag,
        parked,
        views,
      }))
    }

    const first = await look()
    const second = await look()

    assert.deepEqual(first, [
      {
        name: 'desk',
        position: 5,
        inboxLag: 2,
        parked: 0,
        views: [{ name: 'notes', lag: 2, rebuilding: false }],
      },
      { name: 'hall', position: 0, inboxLag: 2, parked: 1, views: [] },
    ])
    assert.deepEqual(second, first)
  })

  it('shows what is parked, and leaves the data to whoever runs the system next', async () => {
    const { clock, stores } = await leaveWork()
    const look = await lookIntoSystem(house, { stores, clock })
    const { operations } = look
    const [parked] = await operations.parked()
    const shown = await operations.showParked(parked?.id ?? '')
    await assert.rejects(operations.showParked('hall:none'), { code: 'PARKED_UNKNOWN' })
    await assert.rejects(operations.showParked('attic:none'), { code: 'PARKED_UNKNOWN' })
    await assert.rejects(lookIntoSystem(house, { stores, clock }), { code: 'STORE_LOCKED' })
    await look[Symbol.asyncDispose]()

    const running = await startSystem(house, { stores, broker: memoryBroker({ clock }), clock })
    await using _stopped = running
    await untilIdle(running, clock)
    const { services } = await running.status()

    assert.deepEqual([parked?.type, shown.reason], ['desk.Written', 'poison'])
    assert.partialDeepStrictEqual(shown.envelope, { data: { text: 'poison' } })
    assert.deepEqual(
      services.map(({ name, position, parked: count }) => [name, position, count]),
      [
        ['desk', 5, 0],
        ['hall', 2, 1],
      ],
    )
  })
})
