// Bookings and changes of prices, all at the same few rooms: what must be true of a room while somebody has reserved it.
import {
  action,
  type Invariant,
  type Scenario,
  scenario,
  sometimes,
  watch,
} from '../../src/simulate/scenario.ts'
import { Book, Desk, Rooms, roomsSystem, type RoomsOptions } from './rooms.ts'

const rooms = ['red', 'blue'] as const

/** From a reservation to its end nobody else reserves the room, and nobody changes its price. */
export const aloneInRoom: Invariant = watch('a booking is alone in its room', () => {
  return new Map<string, string>()
})
  .on(Rooms.Reserved, (guests, { data: { id, roomId } }) => {
    const other = guests.get(roomId)
    guests.set(roomId, id)
    return other === undefined || `${id} has reserved ${roomId}, which ${other} has.`
  })
  .on(Rooms.PriceChanged, (guests, { data: { roomId } }) => {
    const guest = guests.get(roomId)
    return guest === undefined || `The price of ${roomId} was changed under ${guest}.`
  })
  .on(Rooms.Confirmed, (guests, { data: { roomId } }) => void guests.delete(roomId))
  .on(Rooms.Released, (guests, { data: { roomId } }) => void guests.delete(roomId))

/** Clients who book, and change prices. */
export function roomsScenario(options: RoomsOptions): Scenario {
  return scenario('rooms', {
    system: () => roomsSystem(options),
    count: 14,
    actions: [
      action(
        'book',
        async (client) => {
          const id = `b${client.chance.between(1, 1e9)}`
          const declined = client.chance.happens(0.3)
          await client.insist(Desk.ask({ id, roomId: client.pick(rooms), declined }))
        },
        3,
      ),
      action('change the price', async (client) => {
        const cents = client.chance.between(1, 100)
        await client.insist(Rooms.changePrice({ roomId: client.pick(rooms), cents }))
      }),
    ],
    invariants: [
      aloneInRoom,
      sometimes('a booking is completed', (facts) =>
        facts.sagas(Book).some(({ status }) => status === 'completed'),
      ),
    ],
  })
}

/** The same, with prices that are set at the desk. One that waits too long is parked, and handed on by the operator. */
export function pricedRooms(options: RoomsOptions): Scenario {
  const { actions, ...scenarioParts } = roomsScenario(options)
  const set = action('set a price', async (client) => {
    const cents = client.chance.between(1, 100)
    await client.insist(Desk.setPrice({ roomId: client.pick(rooms), cents }))
  })
  return { ...scenarioParts, actions: [...actions, set], mayPark: true }
}

/** Two bookings and a price at once, all for one room: small enough to try everything that can happen to it. */
export function crowdedRoom(options: RoomsOptions): Scenario {
  return scenario('crowded-room', {
    system: () => roomsSystem(options),
    count: 1,
    clients: 1,
    faultsMs: 1_000,
    actions: [
      action('book twice', async (client) => {
        const room = { roomId: 'red' }
        await Promise.all([
          client.insist(Desk.ask({ id: 'ann', ...room, declined: false })),
          client.insist(Desk.ask({ id: 'bob', ...room, declined: true })),
          client.insist(Rooms.changePrice({ ...room, cents: 7 })),
        ])
      }),
    ],
    invariants: [aloneInRoom],
  })
}
