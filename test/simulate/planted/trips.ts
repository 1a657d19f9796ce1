// Sagas whose compensations are wrong.
import { z } from 'zod'
import { aggregate, contract, orchestrated, saga, service, system } from '../../../src/index.ts'
import { action, atEnd, scenario } from '../../../src/simulate/scenario.ts'

const Trip = contract('trip', {
  commands: { book: { input: z.object({ id: z.string() }) } },
  events: { Asked: z.object({ id: z.string() }) },
})

const TripAggregate = aggregate(Trip, 'trip', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { book: (_trip, command) => Trip.Asked(command) },
  evolve: {},
})

const Bookings = contract('bookings', {
  commands: {
    hotel: { input: z.object({ id: z.string() }) },
    car: { input: z.object({ id: z.string() }) },
    flight: { input: z.object({ id: z.string() }), rejects: { Full: z.object({}) } },
    cancel: { input: z.object({ id: z.string(), what: z.string() }) },
  },
  events: {
    Booked: z.object({ id: z.string(), what: z.string() }),
    Cancelled: z.object({ id: z.string(), what: z.string() }),
  },
})

const Booking = aggregate(Bookings, 'booking', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: {
    hotel: (_booking, { id }) => Bookings.Booked({ id, what: 'hotel' }),
    car: (_booking, { id }) => Bookings.Booked({ id, what: 'car' }),
    flight: (_booking, _command, { reject }) => reject.Full({}),
    cancel: (_booking, command) => Bookings.Cancelled(command),
  },
  evolve: {},
})

const TripInput = z.object({ id: z.string() })

/** What was booked first is cancelled first: each step undoes what the other one did. */
const Backwards = saga('backwards', { input: TripInput, key: ({ id }) => id })
  .startsOn(Trip.Asked, (event) => event)
  .step('hotel', {
    run: ({ input }) => Bookings.hotel(input),
    undo: ({ input }) => Bookings.cancel({ ...input, what: 'car' }),
  })
  .step('car', {
    run: ({ input }) => Bookings.car(input),
    undo: ({ input }) => Bookings.cancel({ ...input, what: 'hotel' }),
  })
  .pivot('flight', { run: ({ input }) => Bookings.flight(input) })

/** The car is never given back. */
const Forgetful = saga('forgetful', { input: TripInput, key: ({ id }) => id })
  .startsOn(Trip.Asked, (event) => event)
  .step('hotel', {
    run: ({ input }) => Bookings.hotel(input),
    undo: ({ input }) => Bookings.cancel({ ...input, what: 'hotel' }),
  })
  .step('car', {
    run: ({ input }) => Bookings.car(input),
    undo: ({ input }) => Bookings.cancel({ ...input, what: 'hotel' }),
  })
  .pivot('flight', { run: ({ input }) => Bookings.flight(input) })

const tripServices = [
  service(Trip, { aggregates: [TripAggregate] }),
  service(Bookings, { aggregates: [Booking] }),
]
const book = action('book', async (client) => {
  await client.insist(Trip.book({ id: `t${client.chance.between(1, 1e9)}` }))
})

export const forwardOrder = scenario('compensations run in forward order', {
  system: system('trips', {
    services: tripServices,
    sagas: [orchestrated(Backwards, { by: Trip })],
  }),
  actions: [book],
  invariants: [
    atEnd('what was booked last is cancelled first', (facts) => {
      const first = new Map<string, string>()
      for (const { data } of facts.events(Bookings.Cancelled)) {
        if (!first.has(data.id)) first.set(data.id, data.what)
      }
      const wrong = [...first].find(([, what]) => what === 'hotel')
      return wrong === undefined || `${wrong[0]}: the hotel was cancelled before the car.`
    }),
  ],
})

export const neverUndone = scenario('a step is not undone', {
  system: system('trips', {
    services: tripServices,
    sagas: [orchestrated(Forgetful, { by: Trip })],
  }),
  actions: [book],
  invariants: [
    atEnd('nothing stays booked', (facts) => {
      const left = new Set(
        facts.events(Bookings.Booked).map(({ data }) => `${data.what} of ${data.id}`),
      )
      for (const { data } of facts.events(Bookings.Cancelled))
        left.delete(`${data.what} of ${data.id}`)
      return left.size === 0 || `${left.size} bookings are left.`
    }),
  ],
})
