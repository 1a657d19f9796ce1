// Tours that take several rooms at once, each in the order of its own list: two of them can wait for each other. With
// `inOrderOf` all take them in one order, and none can.
import { z } from 'zod'
import { type Saga, saga } from '../../src/index.ts'
import { action, type Scenario, scenario, sometimes } from '../../src/simulate/scenario.ts'
import { Bank, Desk, Rooms, roomsSystem } from './rooms.ts'
import type { AnomalyOptions } from './anomalies.ts'

const Request = z.object({ id: z.string(), rooms: z.array(z.string()) })

/** A tour of two rooms; the desk is asked for the one that it begins with. */
export function tour(isInOrder: boolean): Saga {
  const order: object = isInOrder ? { inOrderOf: (roomId: string) => roomId } : {}
  return saga('tour', { input: Request, key: ({ id }) => id, deadlineMs: 60_000 })
    .startsOn(Desk.Asked, ({ id, roomId }) => ({
      id,
      rooms: roomId === 'red' ? ['red', 'blue'] : ['blue', 'red'],
    }))
    .each('rooms', {
      of: ({ input }) => input.rooms,
      max: 2,
      run: ({ input, item }) => Rooms.reserve({ id: input.id, roomId: item }),
      undo: ({ input, item }) => Rooms.release({ id: input.id, roomId: item }),
      ...order,
    })
    .pivot('money', { run: ({ input: { id } }) => Bank.pay({ id, cents: 1, declined: false }) })
    .each('confirm', {
      of: ({ input }) => input.rooms,
      max: 2,
      run: ({ input, item }) => Rooms.confirm({ id: input.id, roomId: item }),
    })
}

/** Tours in both directions at once, in worlds in which nothing fails. */
export function tours({ style, isGuarded }: AnomalyOptions): Scenario {
  const plan = tour(isGuarded)
  const turnedBack = sometimes('a deadlock ends with the deadline of a lock', (facts) =>
    facts.sagas(plan).some(({ failure }) => failure?.rejected === 'Locked'),
  )
  const allComplete = sometimes('all tours complete', (facts) =>
    facts.sagas(plan).every(({ status }) => status === 'completed'),
  )
  return scenario('tours', {
    system: () => roomsSystem({ style, whenHeld: 'queue', saga: plan }),
    count: 2,
    clients: 2,
    actions: [
      action('ask', async (client) => {
        const id = `t${client.chance.between(1, 1e9)}`
        await client.insist(Desk.ask({ id, roomId: client.pick(['red', 'blue']), declined: false }))
      }),
    ],
    invariants: [isGuarded ? allComplete : turnedBack],
  })
}
