// What goes wrong between sagas, one small system for each countermeasure, with it and without it.
import { z } from 'zod'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  type Saga,
  saga,
  type Service,
  service,
  type System,
  system,
} from '../../src/index.ts'
import {
  action,
  atEnd,
  type Invariant,
  type Scenario,
  scenario,
  sometimes,
  watch,
} from '../../src/simulate/scenario.ts'
import type { Style } from './rooms.ts'

/** Whether the countermeasure is there. */
export interface AnomalyOptions {
  readonly style: Style
  readonly isGuarded: boolean
}

const Request = z.object({ id: z.string(), place: z.string(), cents: z.int() })
const Place = z.object({ place: z.string() })
const Sum = z.object({ place: z.string(), cents: z.int() })

export const Office = contract('office', {
  commands: { ask: { input: Request }, approve: { input: Request } },
  events: { Asked: Request },
})

const office = service(Office, {
  aggregates: [
    aggregate(Office, 'asking', {
      key: ({ id }) => id,
      initial: () => ({}),
      decide: { ask: (_asking, request) => Office.Asked(request), approve: () => [] },
      evolve: { Asked: (asking) => asking },
    }),
  ],
})

function begin(name: string) {
  return saga(name, { input: Request, key: ({ id }) => id, deadlineMs: 60_000 })
}

function build(style: Style, sagas: readonly Saga[], ...services: readonly Service[]): System {
  return system('anomalies', {
    services: [office, ...services],
    sagas: sagas.map((each) =>
      style === 'choreographed' ? choreographed(each) : orchestrated(each, { by: Office }),
    ),
  })
}

/** Requests for one place, which the saga under test takes up. */
function requests(largest: number, name = 'ask') {
  return action(
    name,
    async (client) => {
      const id = `r${client.chance.between(1, 1e9)}`
      await client.insist(
        Office.ask({ id, place: 'one', cents: client.chance.between(1, largest) }),
      )
    },
    3,
  )
}

function completes(plan: Saga): Invariant {
  return sometimes(`${plan.name} completes`, (facts) =>
    facts.sagas(plan).some(({ status }) => status === 'completed'),
  )
}

// Commutative updates, against lost updates. Two sagas that each read a balance and write a sum lose one of the sums;
// those that each add do not, in whatever order they come.

export const Purse = contract('purse', {
  commands: {
    look: { input: Place, output: Sum },
    add: { input: Sum },
    set: { input: Sum },
  },
  events: { Added: Sum, BalanceSet: Sum },
})

function purse(commutative: readonly ('add' | 'set')[]) {
  return aggregate(Purse, 'purse', {
    key: ({ place }) => place,
    initial: () => ({ cents: 0 }),
    decide: {
      look: ({ cents }, { place }, { reply }) => reply({ place, cents }),
      add: (_purse, sum) => Purse.Added(sum),
      set: (_purse, sum) => Purse.BalanceSet(sum),
    },
    evolve: {
      Added: ({ cents }, added) => ({ cents: cents + added.cents }),
      BalanceSet: (_purse, { cents }) => ({ cents }),
    },
    commutative,
  })
}

const Fill = begin('fill')
  .startsOn(Office.Asked, (asked) => asked)
  .pivot('add', { run: ({ input: { place, cents } }) => Purse.add({ place, cents }) })

const ReadAndSet = begin('fill')
  .startsOn(Office.Asked, (asked) => asked)
  .step('look', { run: ({ input: { place } }) => Purse.look({ place }), effect: 'none' })
  .step('approve', { run: ({ input }) => Office.approve(input), effect: 'none' })
  .pivot('set', {
    run: ({ input: { place, cents }, look }) => Purse.set({ place, cents: look.cents + cents }),
  })

/** Purses that are filled; unguarded by reading and writing. */
export function lostUpdate({ style, isGuarded }: AnomalyOptions): Scenario {
  const own = purse(['add'])
  const plan = isGuarded ? Fill : ReadAndSet
  return scenario('lost-update', {
    system: build(style, [plan], service(Purse, { aggregates: [own] })),
    count: 8,
    actions: [requests(10)],
    invariants: [
      completes(plan),
      atEnd('nothing that was filled in is lost', (facts) => {
        const completed = facts.sagas(plan).filter(({ status }) => status === 'completed')
        const keys = new Set(completed.map(({ key }) => key))
        const asked = facts.events(Office.Asked).filter(({ data }) => keys.has(data.id))
        const filled = asked.reduce((sum, { data }) => sum + data.cents, 0)
        const { cents } = facts.states(own).get('one') ?? { cents: 0 }
        return cents === filled || `${filled} cents were filled in, and ${cents} are there.`
      }),
    ],
  })
}

/** A command that does not commute, and is marked as if it did. */
export function falselyCommutative(style: Style): Scenario {
  const own = purse(['add', 'set'])
  return scenario('falsely-commutative', {
    system: build(style, [ReadAndSet], service(Purse, { aggregates: [own] })),
    count: 8,
    actions: [requests(10)],
  })
}

// Reread, against fuzzy reads. A saga that has seen a price sells for it; meanwhile the price has changed.

const Seen = z.object({ place: z.string(), cents: z.int(), version: z.int() })
export const Offers = contract('offers', {
  commands: {
    look: { input: Place, output: Seen },
    price: { input: Sum },
    sell: {
      input: Seen,
      rejects: { Changed: z.object({ seen: z.int(), now: z.int() }) },
    },
  },
  events: { Priced: Sum, Sold: Sum },
})

// #region reread
const Buy = begin('buy')
  .startsOn(Office.Asked, (asked) => asked)
  .step('look', { run: ({ input: { place } }) => Offers.look({ place }), effect: 'none' })
  .step('approve', { run: ({ input }) => Office.approve(input), effect: 'none' })
  .pivot('sell', { run: ({ look }) => Offers.sell(look) })
// #endregion reread

/** Offers that are sold for the price that was seen. */
export function fuzzyRead({ style, isGuarded }: AnomalyOptions): Scenario {
  const offer = aggregate(Offers, 'offer', {
    key: ({ place }) => place,
    initial: () => ({ cents: 0 }),
    decide: {
      look: ({ cents }, { place }, { reply, version }) => reply({ place, cents, version }),
      price: (_offer, sum) => Offers.Priced(sum),
      sell: (_offer, { place, cents }) => Offers.Sold({ place, cents }),
    },
    evolve: { Priced: (_offer, { cents }) => ({ cents }), Sold: (state) => state },
    ...(isGuarded && { reread: { sell: ({ version }) => version } }),
  })
  return scenario('fuzzy-read', {
    system: build(style, [Buy], service(Offers, { aggregates: [offer] })),
    count: 12,
    actions: [
      requests(1),
      action('price', async (client) => {
        await client.insist(Offers.price({ place: 'one', cents: client.chance.between(1, 100) }))
      }),
    ],
    invariants: [
      watch('an offer is sold for its price', () => ({ cents: 0 }))
        .on(Offers.Priced, (offered, { data }) => void (offered.cents = data.cents))
        .on(
          Offers.Sold,
          ({ cents }, { data }) =>
            data.cents === cents || `It was sold for ${data.cents}, and its price is ${cents}.`,
        ),
      sometimes('something is sold', (facts) => facts.events(Offers.Sold).length > 0),
    ],
  })
}

// By value. Small sums are paid out at once, and the till may be overdrawn by them: that risk is taken. Large ones are
// looked at under a lock first. When every request goes the way of the small ones, the till is overdrawn by large ones.

export const Till = contract('till', {
  commands: {
    check: {
      input: Sum,
      rejects: {
        TooLittle: z.object({}),
        Locked: z.object({ lock: z.string(), heldBy: z.string() }),
      },
    },
    letGo: { input: Sum },
    payOut: { input: Sum },
  },
  events: { PaidOut: Sum },
})

/** From this sum on a request is looked at. */
const largeCents = 50
const tillCents = 200

// #region locks
const Drawer = aggregate(Till, 'drawer', {
  key: ({ place }) => place,
  initial: () => ({ cents: tillCents }),
  decide: {
    check: (drawer, { cents }, { reject }) => (drawer.cents < cents ? reject.TooLittle({}) : []),
    letGo: () => [],
    payOut: (_drawer, sum) => Till.PaidOut(sum),
  },
  evolve: { PaidOut: (drawer, { cents }) => ({ cents: drawer.cents - cents }) },
  locks: {
    large: {
      takes: ['check'],
      frees: ['payOut', 'letGo'],
      when: ({ cents }) => cents >= largeCents,
      whenHeld: 'queue',
      deadlineMs: 30_000,
    },
  },
})
// #endregion locks

/** Requests that are paid out of one till. */
export function riskyRequest({ style, isGuarded }: AnomalyOptions): Scenario {
  const isSmall = (cents: number): boolean => !isGuarded || cents < largeCents
  // #region by-value
  const small = begin('small')
    .startsOn(Office.Asked, (asked) => asked, { when: ({ cents }) => isSmall(cents) })
    .pivot('pay', { run: ({ input: { place, cents } }) => Till.payOut({ place, cents }) })
  const large = begin('large')
    .startsOn(Office.Asked, (asked) => asked, { when: ({ cents }) => !isSmall(cents) })
    .step('check', {
      run: ({ input: { place, cents } }) => Till.check({ place, cents }),
      undo: ({ input: { place, cents } }) => Till.letGo({ place, cents }),
    })
    .pivot('pay', { run: ({ input: { place, cents } }) => Till.payOut({ place, cents }) })
  // #endregion by-value
  return scenario('risky-request', {
    system: build(style, [small, large], service(Till, { aggregates: [Drawer] })),
    count: 10,
    actions: [requests(largeCents - 1, 'ask for little'), requests(3 * largeCents, 'ask for much')],
    invariants: [
      watch('the till is overdrawn by small sums at most', () => ({
        left: tillCents,
        small: 0,
      })).on(Till.PaidOut, (till, { data: { cents } }) => {
        till.left -= cents
        if (cents < largeCents) till.small += cents
        return till.left >= -till.small || `The till is overdrawn by ${-till.left} cents.`
      }),
      sometimes('a large sum is paid out', (facts) =>
        facts.events(Till.PaidOut).some(({ data }) => data.cents >= largeCents),
      ),
    ],
  })
}
