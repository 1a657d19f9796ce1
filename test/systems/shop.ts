// A small system for tests of the platform: stock, payment with a driven port, and orders that a saga carries out.
import { z } from 'zod'
import {
  aggregate,
  bind,
  contract,
  choreographed,
  orchestrated,
  type PortAdapter,
  policy,
  port,
  type System,
  saga,
  service,
  system,
  view,
} from '../../src/index.ts'

const Reservation = z.object({
  orderId: z.string(),
  item: z.string(),
  quantity: z.int().positive(),
})

export const Stock = contract('stock', {
  commands: {
    supply: { input: z.object({ item: z.string(), quantity: z.int() }) },
    reserve: {
      input: Reservation,
      output: Reservation,
      rejects: { OutOfStock: z.object({ available: z.int() }) },
    },
    release: { input: Reservation },
  },
  events: {
    Supplied: z.object({ item: z.string(), quantity: z.int() }),
    Reserved: Reservation,
    Released: Reservation,
  },
  queries: {
    item: {
      input: z.object({ item: z.string() }),
      output: z.object({ available: z.int(), reserved: z.int() }),
      rejects: { NotFound: z.object({}) },
    },
  },
})

export const StockItem = aggregate(Stock, 'item', {
  key: (command) => command.item,
  initial: () => ({ available: 0, reserved: 0 }),
  decide: {
    supply: (_item, command) => Stock.Supplied(command),
    reserve: (item, command, { reject, reply }) =>
      item.available - item.reserved < command.quantity
        ? reject.OutOfStock({ available: item.available - item.reserved })
        : reply(command, Stock.Reserved(command)),
    release: (_item, command) => Stock.Released(command),
  },
  evolve: {
    Supplied: (item, event) => ({ ...item, available: item.available + event.quantity }),
    Reserved: (item, event) => ({ ...item, reserved: item.reserved + event.quantity }),
    Released: (item, event) => ({ ...item, reserved: item.reserved - event.quantity }),
  },
})

export const Levels = view('levels', {
  document: z.object({ free: z.int() }),
  consistency: 'inline',
  indexes: { free: (level) => level.free },
})
  .on(Stock.Supplied, {
    key: (event) => event.item,
    evolve: (level, event) => ({ free: (level?.free ?? 0) + event.quantity }),
  })
  .on(Stock.Reserved, {
    key: (event) => event.item,
    evolve: (level, event) => ({ free: (level?.free ?? 0) - event.quantity }),
  })
  .on(Stock.Released, {
    key: (event) => event.item,
    evolve: (level, event) => ({ free: (level?.free ?? 0) + event.quantity }),
  })

export const StockService = service(Stock, {
  aggregates: [StockItem],
  views: [Levels],
  queries: {
    item: async ({ item }, { read, reject }) => {
      const state = await read.state(StockItem, item)
      return state ?? reject.NotFound({})
    },
  },
})

export const Bank = port('bank', {
  charge: {
    input: z.object({ account: z.string(), cents: z.int() }),
    output: z.object({ accepted: z.boolean() }),
  },
})

export const Payment = contract('payment', {
  commands: {
    pay: {
      input: z.object({ orderId: z.string(), account: z.string(), cents: z.int() }),
      output: z.object({ receipt: z.string() }),
      rejects: { Declined: z.object({}) },
    },
  },
  events: { Paid: z.object({ orderId: z.string(), account: z.string(), cents: z.int() }) },
  queries: {
    spent: {
      input: z.object({ account: z.string() }),
      output: z.object({ cents: z.int(), payments: z.int() }),
    },
  },
})

const Charge = aggregate(Payment, 'charge', {
  stored: 'state',
  key: (command) => command.orderId,
  initial: () => ({ isPaid: false }),
  prepare: {
    pay: ({ account, cents }, { use }) => use(Bank).charge({ account, cents }),
  },
  decide: {
    pay: (_charge, command, { prepared, reject, reply }) =>
      prepared.accepted
        ? reply({ receipt: command.orderId }, Payment.Paid(command))
        : reject.Declined({}),
  },
  evolve: { Paid: () => ({ isPaid: true }) },
})

const Spending = view('spending', { document: z.object({ cents: z.int(), payments: z.int() }) }).on(
  Payment.Paid,
  {
    key: (event) => event.account,
    evolve: (sum, event) => ({
      cents: (sum?.cents ?? 0) + event.cents,
      payments: (sum?.payments ?? 0) + 1,
    }),
  },
)

export const PaymentService = service(Payment, {
  aggregates: [Charge],
  views: [Spending],
  ports: [Bank],
  queries: {
    spent: async ({ account }, { read }) =>
      (await read.get(Spending, account)) ?? { cents: 0, payments: 0 },
  },
})

const OrderLine = z.object({ item: z.string(), quantity: z.int().positive() })
const OrderRequest = z.object({
  orderId: z.string(),
  account: z.string(),
  cents: z.int(),
  lines: z.array(OrderLine),
})

export const Order = contract('order', {
  commands: {
    place: { input: OrderRequest },
    confirm: { input: z.object({ orderId: z.string() }) },
    fail: { input: z.object({ orderId: z.string(), reason: z.string() }) },
    remind: { input: z.object({ orderId: z.string() }) },
  },
  events: {
    Placed: OrderRequest,
    Confirmed: z.object({ orderId: z.string() }),
    Failed: z.object({ orderId: z.string(), reason: z.string() }),
    Reminded: z.object({ orderId: z.string() }),
  },
  queries: {
    status: { input: z.object({ orderId: z.string() }), output: z.object({ status: z.string() }) },
  },
})

const OrderAggregate = aggregate(Order, 'order', {
  key: (command) => command.orderId,
  initial: () => ({ status: 'none' }),
  decide: {
    place: (order, command) => (order.status === 'none' ? Order.Placed(command) : []),
    confirm: (_order, command) => Order.Confirmed(command),
    fail: (_order, command) => Order.Failed(command),
    remind: (_order, command) => Order.Reminded(command),
  },
  evolve: {
    Placed: () => ({ status: 'placed' }),
    Confirmed: () => ({ status: 'confirmed' }),
    Failed: (_order, event) => ({ status: `failed: ${event.reason}` }),
  },
})

/** Reminds of every failed order; throws for the orders whose id says so, always or the first time, to be parked. */
const Remind = policy('remind').on(Order.Failed, (event) => {
  const isMoody = event.orderId.startsWith('moody') && event.reason === 'first'
  const isPoison = event.orderId.startsWith('poison') && !healed.has(event.orderId)
  if (isMoody || isPoison) throw new TypeError('a bug in a policy')
  return Order.remind({ orderId: event.orderId })
})

/** Orders whose bug was mended: what a redrive needs. */
export const healed = new Set<string>()

const OrderService = service(Order, {
  aggregates: [OrderAggregate],
  policies: [Remind],
  queries: {
    status: async ({ orderId }, { read }) =>
      (await read.state(OrderAggregate, orderId)) ?? { status: 'none' },
  },
})

export const PlaceOrder = saga('place-order', {
  input: OrderRequest,
  key: (request) => request.orderId,
  deadlineMs: 60_000,
})
  .startsOn(Order.Placed, (event) => event)
  .each('stock', {
    of: ({ input }) => input.lines,
    run: ({ input, item }) => Stock.reserve({ ...item, orderId: input.orderId }),
    undo: ({ result }) => Stock.release(result),
  })
  .pivot('payment', {
    run: ({ input }) =>
      Payment.pay({ orderId: input.orderId, account: input.account, cents: input.cents }),
  })
  .step('confirm', { run: ({ input }) => Order.confirm({ orderId: input.orderId }) })
  .otherwise(({ input, failure }) =>
    Order.fail({ orderId: input.orderId, reason: failure.rejected }),
  )

/** A bank that declines the account "broke". */
export const bank: PortAdapter<typeof Bank> = {
  charge: async ({ account }) => ({ accepted: account !== 'broke' }),
}

/** How the saga of the shop is run. */
export type Style = 'orchestrated' | 'choreographed'

/** The shop, with a bank of the test's choosing. */
export function shop(
  adapter: PortAdapter<typeof Bank> = bank,
  style: Style = 'orchestrated',
): System {
  return system('shop', {
    services: [StockService, PaymentService, OrderService],
    sagas: [
      style === 'choreographed'
        ? choreographed(PlaceOrder)
        : orchestrated(PlaceOrder, { by: Order }),
    ],
    adapters: [bind(Bank, adapter)],
  })
}
