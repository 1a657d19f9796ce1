// A trip: a room, the money, the ticket. Whoever takes part can be told to refuse what may not be refused, or to break,
// so that an operator has something to do.
import { z } from 'zod'
import {
  aggregate,
  contract,
  choreographed,
  orchestrated,
  type System,
  saga,
  service,
  system,
} from '../../src/index.ts'

const Trip = z.object({ tripId: z.string(), note: z.string().optional() })
const Closed = { Closed: z.object({ until: z.string() }) }

export const Hotel = contract('hotel', {
  commands: {
    book: { input: Trip, output: z.object({ room: z.int() }), rejects: { Full: z.object({}) } },
    release: { input: Trip, rejects: Closed },
  },
  events: { Booked: Trip, Released: Trip },
})

export const Bank = contract('bank', {
  commands: { pay: { input: Trip, rejects: { Broke: z.object({}) } } },
  events: { Paid: Trip },
})

export const Rail = contract('rail', {
  commands: {
    issue: { input: Trip, output: z.object({ ticket: z.string() }), rejects: Closed },
  },
  events: { Issued: Trip },
})

export const Agency = contract('agency', {
  commands: {
    plan: { input: Trip },
    confirm: { input: z.object({ tripId: z.string(), ticket: z.string() }) },
  },
  events: { Planned: Trip, Confirmed: z.object({ tripId: z.string(), ticket: z.string() }) },
})

/** What goes wrong, as `<command> <trip>`: `refuse release t1`, `break book t1`. */
export type Troubles = Set<string>

type Undone = ReturnType<ReturnType<typeof plain>['release']>
type Issued = ReturnType<ReturnType<typeof plain>['issue']>

/** The same commands for the compiler, without rejections: it rightly refuses a saga whose undo can be rejected. */
function plain() {
  return contract('plain', {
    commands: {
      release: { input: Trip },
      issue: { input: Trip, output: z.object({ ticket: z.string() }) },
    },
  })
}

export const Travel = saga('travel', { input: Trip, key: ({ tripId }) => tripId })
  .startsOn(Agency.Planned, (planned) => planned)
  .step('room', {
    run: ({ input }) => Hotel.book(input),
    // Why the cast: the sort of mistake that an operator has to mend.
    undo: ({ input }) => Hotel.release(input) as unknown as Undone,
  })
  .pivot('money', { run: ({ input }) => Bank.pay(input) })
  // Why the cast: see above.
  .step('ticket', { run: ({ input }) => Rail.issue(input) as unknown as Issued })
  .step('confirm', {
    run: ({ input, ticket }) => Agency.confirm({ ...input, ticket: ticket.ticket }),
  })

/** The system, in which things go wrong as long as `troubles` says so. */
export function travel(
  troubles: Troubles,
  style: 'orchestrated' | 'choreographed' = 'orchestrated',
): System {
  const check = (what: string, { tripId }: { readonly tripId: string }): boolean => {
    if (troubles.has(`break ${what} ${tripId}`)) throw new RangeError(`${what} is broken`)
    return troubles.has(`refuse ${what} ${tripId}`)
  }
  const parts = { key: ({ tripId }: { tripId: string }) => tripId, initial: () => ({}) }
  const until = 'monday'
  const Room = aggregate(Hotel, 'room', {
    ...parts,
    decide: {
      book: (_room, command, { reject, reply }) =>
        check('book', command) ? reject.Full({}) : reply({ room: 7 }, Hotel.Booked(command)),
      release: (_room, command, { reject }) =>
        check('release', command) ? reject.Closed({ until }) : Hotel.Released(command),
    },
    evolve: {},
  })
  const Account = aggregate(Bank, 'account', {
    ...parts,
    decide: {
      pay: (_account, command, { reject }) =>
        check('pay', command) ? reject.Broke({}) : Bank.Paid(command),
    },
    evolve: {},
  })
  const Ticket = aggregate(Rail, 'ticket', {
    ...parts,
    decide: {
      issue: (_ticket, command, { reject, reply }) =>
        check('issue', command)
          ? reject.Closed({ until })
          : reply({ ticket: `T-${command.tripId}` }, Rail.Issued(command)),
    },
    evolve: {},
  })
  const Plan = aggregate(Agency, 'plan', {
    ...parts,
    decide: {
      plan: (_plan, command) => Agency.Planned(command),
      confirm: (_plan, command) => Agency.Confirmed(command),
    },
    evolve: {},
  })
  return system('travel', {
    services: [
      service(Agency, { aggregates: [Plan] }),
      service(Hotel, { aggregates: [Room] }),
      service(Bank, { aggregates: [Account] }),
      service(Rail, { aggregates: [Ticket] }),
    ],
    sagas: [
      style === 'choreographed' ? choreographed(Travel) : orchestrated(Travel, { by: Agency }),
    ],
  })
}
