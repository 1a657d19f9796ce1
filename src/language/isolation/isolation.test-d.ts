// What the isolation of an aggregate may be, and what it may not. The compiler is the test runner.
import { z } from 'zod'
import { aggregate, contract, saga } from '../index.ts'

const Line = z.object({ orderId: z.string(), productId: z.string(), quantity: z.int().positive() })
const Start = saga('start', { input: Line, key: ({ orderId }) => orderId })
const Version = z.object({ orderId: z.string(), version: z.int() })
const Seats = contract('seats', {
  commands: {
    reserve: {
      input: Line,
      rejects: { Locked: z.object({ lock: z.string(), heldBy: z.string() }) },
    },
    move: { input: Line, rejects: { Locked: z.object({ until: z.int() }) } },
    release: { input: Line },
    confirm: {
      input: Version,
      rejects: { Changed: z.object({ seen: z.int(), now: z.int() }) },
    },
    note: { input: Version },
  },
  events: { Reserved: Line },
})
const seat = {
  key: (command: { readonly orderId: string }): string => command.orderId,
  initial: () => ({}),
  decide: {
    reserve: () => [],
    move: () => [],
    release: () => [],
    confirm: () => [],
    note: () => [],
  },
  evolve: {},
} as const

// A semantic lock, commutative updates, and what a command rests on.
export const Seat = aggregate(Seats, 'seat', {
  ...seat,
  locks: {
    booking: {
      takes: ['reserve'],
      frees: ['release', 'confirm'],
      when: (command) => 'quantity' in command && command.quantity > 1,
      whenHeld: 'queue',
      deadlineMs: 1_000,
    },
  },
  commutative: ['note'],
  reread: { confirm: (command) => command.version },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error move declares "Locked" with other data: the compiler says which
  locks: { booking: { takes: ['move'], frees: ['release'], whenHeld: 'reject' } },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error release does not declare "Locked"
  locks: { booking: { takes: ['release'], frees: ['confirm'], whenHeld: 'reject' } },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error the contract has no command 'cancel'
  locks: { booking: { takes: ['reserve'], frees: ['cancel'], whenHeld: 'reject' } },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error who waits needs a deadlineMs
  locks: { booking: { takes: ['reserve'], frees: ['release'], whenHeld: 'wait' } },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error note does not declare "Changed"
  reread: { note: (command: { version: number }) => command.version },
})

aggregate(Seats, 'seat', {
  ...seat,
  // @ts-expect-error the contract has no command 'cancel'
  commutative: ['cancel'],
})

// A command that a lock can hold up may be rejected, so it is neither an undo nor a step after the pivot.
Start.step('seat', {
  run: () => Seats.note({ orderId: '', version: 1 }),
  // @ts-expect-error an undo must not be rejectable
  undo: () => Seats.reserve({ orderId: '', productId: '', quantity: 1 }),
})
