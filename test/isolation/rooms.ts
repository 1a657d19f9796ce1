// Rooms that sagas book: who has reserved one keeps others from it until the booking is confirmed or taken back.
import { z } from 'zod'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  policy,
  type Saga,
  saga,
  service,
  type System,
  system,
} from '../../src/index.ts'

export type Style = 'orchestrated' | 'choreographed'
export type WhenHeld = 'wait' | 'queue' | 'reject'

const Booking = z.object({ id: z.string(), roomId: z.string() })
const Locked = z.object({ lock: z.string(), heldBy: z.string() })
const Price = z.object({ roomId: z.string(), cents: z.int() })

export const Rooms = contract('rooms', {
  commands: {
    reserve: {
      input: Booking,
      output: z.object({ cents: z.int() }),
      rejects: { Locked, Taken: z.object({}) },
    },
    confirm: { input: Booking },
    release: { input: Booking },
    changePrice: { input: Price, rejects: { Locked } },
  },
  events: { Reserved: Booking, Confirmed: Booking, Released: Booking, PriceChanged: Price },
})

const Payment = z.object({ id: z.string(), cents: z.int(), declined: z.boolean() })
export const Bank = contract('bank', {
  commands: { pay: { input: Payment, rejects: { Declined: z.object({}) } } },
  events: { Paid: Payment },
})

const Request = z.object({ id: z.string(), roomId: z.string(), declined: z.boolean() })
export const Desk = contract('desk', {
  commands: { ask: { input: Request }, setPrice: { input: Price } },
  events: { Asked: Request, PriceSet: Price },
})

/** Prices are set at the desk, one after the other; the rooms follow. */
const FollowPrice = policy('follow-price').on(Desk.PriceSet, (price) => Rooms.changePrice(price))

/** How long a booking waits for a room, in milliseconds. */
export const lockDeadlineMs = 5_000

export const Book = saga('book', { input: Request, key: ({ id }) => id, deadlineMs: 60_000 })
  .startsOn(Desk.Asked, (request) => request)
  .step('room', {
    run: ({ input: { id, roomId } }) => Rooms.reserve({ id, roomId }),
    undo: ({ input: { id, roomId } }) => Rooms.release({ id, roomId }),
  })
  .pivot('money', {
    run: ({ input: { id, declined }, room }) => Bank.pay({ id, declined, cents: room.cents }),
  })
  .step('confirm', { run: ({ input: { id, roomId } }) => Rooms.confirm({ id, roomId }) })

export interface RoomsOptions {
  readonly style?: Style
  /** Without it nothing is locked. */
  readonly whenHeld?: WhenHeld | undefined
  readonly saga?: Saga
  /** While it says so the bank breaks, and its messages are parked: sagas stand before their pivot. */
  readonly isBankBroken?: () => boolean
}

export function roomsSystem(options: RoomsOptions): System {
  const { style, whenHeld, saga: plan = Book, isBankBroken = () => false } = options
  const parts = {
    takes: ['reserve'],
    frees: ['confirm', 'release'],
    guards: ['changePrice'],
  } as const
  const booking =
    whenHeld === 'reject' || whenHeld === undefined
      ? ({ ...parts, whenHeld: 'reject' } as const)
      : { ...parts, whenHeld, deadlineMs: lockDeadlineMs }
  const Room = aggregate(Rooms, 'room', {
    key: ({ roomId }) => roomId,
    initial: () => ({ cents: 100, reserved: 0, sold: 0 }),
    decide: {
      reserve: (room, command, { reply }) => reply({ cents: room.cents }, Rooms.Reserved(command)),
      confirm: (_room, command) => Rooms.Confirmed(command),
      release: (_room, command) => Rooms.Released(command),
      changePrice: (_room, command) => Rooms.PriceChanged(command),
    },
    evolve: {
      Reserved: (room) => ({ ...room, reserved: room.reserved + 1 }),
      Confirmed: (room) => ({ ...room, reserved: room.reserved - 1, sold: room.sold + 1 }),
      Released: (room) => ({ ...room, reserved: room.reserved - 1 }),
      PriceChanged: (room, { cents }) => ({ ...room, cents }),
    },
    ...(whenHeld && { locks: { booking } }),
  })
  const Account = aggregate(Bank, 'account', {
    key: ({ id }) => id,
    initial: () => ({}),
    decide: {
      pay: (_account, command, { reject }) => {
        if (isBankBroken()) throw new RangeError('the bank is broken')
        return command.declined ? reject.Declined({}) : Bank.Paid(command)
      },
    },
    evolve: { Paid: (account) => account },
  })
  const Asking = aggregate(Desk, 'asking', {
    key: (command) => ('id' in command ? command.id : command.roomId),
    initial: () => ({}),
    decide: {
      ask: (_asking, request) => Desk.Asked(request),
      setPrice: (_asking, price) => Desk.PriceSet(price),
    },
    evolve: { Asked: (asking) => asking },
  })
  return system('rooms', {
    services: [
      service(Desk, { aggregates: [Asking] }),
      service(Rooms, { aggregates: [Room], policies: [FollowPrice] }),
      service(Bank, { aggregates: [Account] }),
    ],
    sagas: [style === 'choreographed' ? choreographed(plan) : orchestrated(plan, { by: Desk })],
  })
}
