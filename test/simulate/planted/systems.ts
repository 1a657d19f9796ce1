// Small systems with a bug of their own: right as long as nothing goes wrong, and nobody is in a hurry.
import { z } from 'zod'
import {
  aggregate,
  bind,
  contract,
  policy,
  port,
  type System,
  service,
  system,
  view,
} from '../../../src/index.ts'
import { action, atEnd, scenario } from '../../../src/simulate/scenario.ts'
import type { PlantedBug } from './planted-bug.ts'
import { forwardOrder, neverUndone } from './trips.ts'

const Amount = z.object({ account: z.string(), cents: z.int() })

const Wallet = contract('wallet', {
  commands: {
    put: { input: Amount },
    take: { input: Amount, rejects: { TooLittle: z.object({}) } },
    setTo: { input: Amount },
    giveBack: { input: Amount },
  },
  events: { Put: Amount, Taken: Amount, Set: Amount, GivenBack: Amount },
  queries: {
    balance: { input: z.object({ account: z.string() }), output: z.object({ cents: z.int() }) },
  },
})

/** Takes without a look at what is there: the caller has looked. */
const Account = aggregate(Wallet, 'account', {
  key: ({ account }) => account,
  initial: () => ({ cents: 0 }),
  decide: {
    put: (_account, command) => Wallet.Put(command),
    take: (_account, command) => Wallet.Taken(command),
    setTo: (_account, command) => Wallet.Set(command),
    giveBack: (_account, command) => Wallet.GivenBack(command),
  },
  evolve: {
    Put: (account, { cents }) => ({ cents: account.cents + cents }),
    Taken: (account, { cents }) => ({ cents: account.cents - cents }),
    GivenBack: (account, { cents }) => ({ cents: account.cents + cents }),
    Set: (_account, { cents }) => ({ cents }),
  },
})

const Balances = view('balances', { document: z.object({ cents: z.int() }) })
  .on(Wallet.Put, {
    key: ({ account }) => account,
    evolve: (document, { cents }) => ({ cents: (document?.cents ?? 0) + cents }),
  })
  .on(Wallet.Taken, {
    key: ({ account }) => account,
    evolve: (document, { cents }) => ({ cents: (document?.cents ?? 0) - cents }),
  })
  .on(Wallet.Set, { key: ({ account }) => account, evolve: (_document, { cents }) => ({ cents }) })

const WalletService = service(Wallet, {
  aggregates: [Account],
  views: [Balances],
  queries: {
    balance: async ({ account }, { read }) => (await read.get(Balances, account)) ?? { cents: 0 },
  },
})

const wallets = system('wallets', { services: [WalletService] })
const ann = { account: 'ann' }

/** What a client was told that it has. */
async function balanceOf(client: Parameters<Parameters<typeof action>[1]>[0]): Promise<number> {
  const called = await client.ask(Wallet.balance(ann))
  return called.kind === 'answered' && called.outcome.ok ? called.outcome.output.cents : 0
}

const lostUpdate = scenario('a client writes back what it has read', {
  system: wallets,
  actions: [
    action('put one in', async (client) => {
      const cents = (await balanceOf(client)) + 1
      await client.insist(Wallet.setTo({ ...ann, cents }))
    }),
  ],
  invariants: [
    atEnd('every cent is there', (facts) => {
      const cents = facts.states(Account).get('ann')?.cents ?? 0
      const puts = facts.events(Wallet.Set).length
      return cents === puts || `${puts} cents were put in, ${cents} are there.`
    }),
  ],
})

const overdrawn = scenario('a check is made on a view that lags', {
  system: wallets,
  prepare: async (client) => {
    await client.insist(Wallet.put({ ...ann, cents: 5 }))
  },
  actions: [
    action('take one out', async (client) => {
      if ((await balanceOf(client)) > 0) await client.insist(Wallet.take({ ...ann, cents: 1 }))
    }),
  ],
  invariants: [
    atEnd('nobody is overdrawn', (facts) => {
      const cents = facts.states(Account).get('ann')?.cents ?? 0
      return cents >= 0 || `ann has ${cents} cents.`
    }),
  ],
})

const Teller = port('teller', {
  pay: { input: z.object({ account: z.string() }), output: z.object({ paid: z.boolean() }) },
})

const Till = contract('till', {
  commands: { payOut: { input: z.object({ account: z.string(), number: z.string() }) } },
  events: { PaidOut: z.object({ account: z.string() }) },
})

const Payout = aggregate(Till, 'payout', {
  key: ({ number }) => number,
  initial: () => ({ isDone: false }),
  prepare: { payOut: ({ account }, { use }) => use(Teller).pay({ account }) },
  decide: { payOut: (payout, { account }) => (payout.isDone ? [] : Till.PaidOut({ account })) },
  evolve: { PaidOut: () => ({ isDone: true }) },
})

/** Payments that have left in the present world. */
let left = { times: 0 }

function tills(): System {
  const count = { times: 0 }
  left = count
  return system('tills', {
    services: [service(Till, { aggregates: [Payout], ports: [Teller] })],
    adapters: [
      bind(Teller, {
        // The idempotency key is not looked at.
        async pay() {
          count.times += 1
          return { paid: true }
        },
      }),
    ],
  })
}

const paidTwice = scenario('the outside is asked again without the idempotency key', {
  system: tills,
  actions: [
    action('pay out', async (client) => {
      const number = `n${client.chance.between(1, 1e9)}`
      await client.insist(Till.payOut({ account: 'ann', number }))
    }),
  ],
  invariants: [
    atEnd('what left is what was booked', (facts) => {
      const booked = facts.events(Till.PaidOut).length
      return left.times === booked || `${left.times} payments left, ${booked} are booked.`
    }),
  ],
})

const Prices = contract('prices', {
  commands: { change: { input: z.object({ item: z.string(), cents: z.int() }) } },
  events: { Changed: z.object({ item: z.string(), cents: z.int(), atMs: z.int() }) },
})

const Price = aggregate(Prices, 'price', {
  key: ({ item }) => item,
  initial: () => ({ cents: 0 }),
  decide: {
    change: (_price, { item, cents }, { id }) =>
      // The time at which the caller's process made the id: a clock that nobody keeps.
      Prices.Changed({ item, cents, atMs: Number.parseInt(id.slice(0, 13).replace('-', ''), 16) }),
  },
  evolve: { Changed: (_price, { cents }) => ({ cents }) },
})

const Offers = contract('offers', { commands: {}, events: {} })

/** The newest by the clock wins. */
const OfferView = view('offers', { document: z.object({ cents: z.int(), atMs: z.int() }) }).on(
  Prices.Changed,
  {
    key: ({ item }) => item,
    evolve: (offer, { cents, atMs }) => (offer && offer.atMs > atMs ? offer : { cents, atMs }),
  },
)

const lastWriter = scenario('the newest by the clock wins', {
  system: system('offers', {
    services: [service(Prices, { aggregates: [Price] }), service(Offers, { views: [OfferView] })],
  }),
  actions: [
    action('change', async (client) => {
      await client.insist(Prices.change({ item: 'tea', cents: client.chance.between(1, 1e6) }))
    }),
  ],
  invariants: [
    atEnd('the offer is the price', (facts) => {
      const price = facts.states(Price).get('tea')?.cents
      const offer = facts.documents(OfferView).get('tea')?.cents
      return price === offer || `Tea costs ${price} and is offered for ${offer}.`
    }),
  ],
})

const Points = contract('points', {
  commands: { add: { input: z.object({ account: z.string(), points: z.int() }) } },
  events: { Added: z.object({ account: z.string(), points: z.int() }) },
})

const PointsOf = aggregate(Points, 'points', {
  key: ({ account }) => account,
  initial: () => ({ points: 0 }),
  decide: { add: (_points, command) => Points.Added(command) },
  evolve: { Added: (state, { points }) => ({ points: state.points + points }) },
})

/** Gives points for what is put in, and takes none back when that is taken out in one go. */
const Reward = policy('reward').on(Wallet.Put, ({ account, cents }) =>
  Points.add({ account, points: Math.round(cents / 2) }),
)

const roundedAway = scenario('points are rounded one by one', {
  system: system('rewards', {
    services: [WalletService, service(Points, { aggregates: [PointsOf], policies: [Reward] })],
  }),
  actions: [
    action('put', async (client) => {
      await client.insist(Wallet.put({ ...ann, cents: client.chance.between(1, 9) }))
    }),
  ],
  invariants: [
    atEnd('a point for two cents', (facts) => {
      const cents = facts.states(Account).get('ann')?.cents ?? 0
      const points = facts.states(PointsOf).get('ann')?.points ?? 0
      return points <= Math.ceil(cents / 2) || `${points} points for ${cents} cents.`
    }),
  ],
})

/** Systems whose own definitions are wrong. */
export const systemBugs: readonly PlantedBug[] = [
  lostUpdate,
  overdrawn,
  paidTwice,
  forwardOrder,
  neverUndone,
  lastWriter,
  roundedAway,
].map((each) => ({ name: each.name, scenario: each }))
