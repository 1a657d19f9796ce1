// Programs that must compile, and programs that must not. The compiler is the test runner.
import { z } from 'zod'
import {
  aggregate,
  contract,
  policy,
  port,
  type RouteAnswer,
  route,
  saga,
  service,
  view,
} from './index.ts'

const Line = z.object({ orderId: z.string(), productId: z.string(), quantity: z.int().positive() })
const Stock = contract('stock', {
  commands: {
    reserve: {
      input: Line,
      output: z.object({ reservationId: z.string() }),
      rejects: { OutOfStock: z.object({ available: z.int() }) },
    },
    release: { input: z.object({ reservationId: z.string() }) },
  },
  events: {
    Reserved: Line,
    Released: z.object({ reservationId: z.string() }),
  },
  queries: {
    item: {
      input: z.object({ productId: z.string() }),
      output: z.object({ available: z.int() }),
      rejects: { NotFound: z.object({}) },
    },
  },
})

const Items = view('items', {
  document: z.object({ available: z.int(), seller: z.string() }),
  indexes: { bySeller: (item) => item.seller },
}).on(Stock.Reserved, {
  key: (event) => event.productId,
  evolve: (item, event) => ({
    available: (item?.available ?? 0) - event.quantity,
    seller: item?.seller ?? '',
  }),
})

export const Item = aggregate(Stock, 'item', {
  key: (command) => ('productId' in command ? command.productId : command.reservationId),
  initial: () => ({ available: 10, reserved: 0 }),
  decide: {
    reserve: (item, command, { reject, reply, id }) =>
      item.available - item.reserved < command.quantity
        ? reject.OutOfStock({ available: item.available - item.reserved })
        : reply({ reservationId: id }, Stock.Reserved(command)),
    release: (_item, command) => Stock.Released(command),
  },
  evolve: {
    Reserved: (item, event) => ({ ...item, reserved: item.reserved + event.quantity }),
  },
})

export const StockService = service(Stock, {
  aggregates: [Item],
  views: [Items],
  queries: {
    item: async ({ productId }, { read, reject }) => {
      const state = await read.state(Item, productId)
      const page = await read.find(Items, { bySeller: '1' })
      const first: number | undefined = page[0]?.document.available
      return state ? { available: state.available + (first ?? 0) } : reject.NotFound({})
    },
  },
})

const Provider = port('provider', {
  charge: { input: z.object({ cents: z.int() }), output: z.object({ receipt: z.string() }) },
})
const Payment = contract('payment', {
  commands: {
    pay: {
      input: z.object({ orderId: z.string(), cents: z.int() }),
      output: z.object({ receipt: z.string() }),
      rejects: { Declined: z.object({}) },
    },
    refund: { input: z.object({ receipt: z.string() }) },
  },
  events: { Paid: z.object({ receipt: z.string() }) },
})
export const Account = aggregate(Payment, 'account', {
  key: (command) => ('orderId' in command ? command.orderId : command.receipt),
  initial: () => ({ paid: false }),
  prepare: {
    pay: async (command, { use }) => use(Provider).charge({ cents: command.cents }),
  },
  decide: {
    pay: (_state, _command, { prepared, reply }) =>
      reply({ receipt: prepared.receipt }, Payment.Paid({ receipt: prepared.receipt })),
    refund: () => [],
  },
  evolve: { Paid: () => ({ paid: true }) },
})

const Request = z.object({ orderId: z.string(), lines: z.array(Line), cents: z.int() })
export const Checkout = saga('checkout', { input: Request, key: (input) => input.orderId })
  .startsOn(Stock.Reserved, (event) => ({ orderId: event.orderId, lines: [], cents: 1 }))
  .each('stock', {
    of: ({ input }) => input.lines,
    run: ({ item }) => Stock.reserve(item),
    undo: ({ result }) => Stock.release({ reservationId: result.reservationId }),
    rejection: 'collect',
  })
  .ensure('something-reserved', ({ stock }) => stock.some((line) => line.ok))
  .parallel('both', (branch) => ({
    one: branch.step('first', { run: () => Payment.refund({ receipt: '' }), effect: 'none' }),
    two: branch.step('second', {
      run: ({ input }) => Payment.pay({ orderId: input.orderId, cents: 1 }),
      undo: ({ result }) => Payment.refund({ receipt: result.receipt }),
    }),
  }))
  .choice('packing', {
    of: ({ input }) => (input.cents > 100 ? 'box' : 'bag'),
    ways: (branch) => ({
      box: branch.step('boxed', {
        run: ({ input }) => Payment.pay({ orderId: input.orderId, cents: 2 }),
        undo: ({ result }) => Payment.refund({ receipt: result.receipt }),
        retry: { on: ['Declined'], times: 3, afterMs: 100 },
      }),
      bag: branch,
    }),
  })
  .pivot('payment', {
    run: ({ input, second }) => Payment.pay({ orderId: second.receipt, cents: input.cents }),
  })
  .step('after', { run: ({ payment }) => Payment.refund({ receipt: payment.receipt }) })
  .otherwise(({ failure }) => Payment.refund({ receipt: failure.step }))

export const Follow = policy('follow').on(Stock.Reserved, (event) =>
  Payment.refund({ receipt: event.orderId }),
)

export const Route = route('GET /stock/{productId}', Stock.item, {
  input: ({ params }) => ({ productId: params['productId'] ?? '' }),
  reply: (output) => output.available,
  rejects: { NotFound: 404 },
})

// The answers of a route can be named, and shared by several routes.
const notFound: RouteAnswer = { summary: 'There is no such item.', body: z.object({}) }
export const Described = route('GET /items/{productId}', Stock.item, { answers: { 404: notFound } })

// One decision may record events of several types, with an output and without one.
export const Both = aggregate(Stock, 'item', {
  key: () => '',
  initial: () => ({}),
  decide: {
    reserve: (_item, command, { reply, id }) =>
      reply({ reservationId: id }, Stock.Reserved(command), Stock.Released({ reservationId: id })),
    release: (_item, command, { reply, id }) => {
      const line = { orderId: id, productId: id, quantity: 1 }
      return reply(undefined, Stock.Released(command), Stock.Reserved(line))
    },
  },
  evolve: {},
})

// A command with the wrong data.
// @ts-expect-error productId and quantity are missing
Stock.reserve({ orderId: '1' })

// A step that reads a step which does not exist.
// @ts-expect-error there is no step 'nope' before this one
Checkout.step('x', { run: ({ nope }) => Payment.refund({ receipt: nope }) })

// After the pivot nothing can be rejected.
// @ts-expect-error the command declares rejections
Checkout.step('x', { run: () => Payment.pay({ orderId: '1', cents: 1 }) })

const Start = saga('start', { input: Request, key: (input) => input.orderId })

// Before the pivot a step needs its undo.
// @ts-expect-error neither undo nor effect: 'none'
Start.step('pay', { run: () => Payment.pay({ orderId: '1', cents: 1 }) })

Start.step('pay', {
  run: () => Payment.pay({ orderId: '1', cents: 1 }),
  // @ts-expect-error an undo must not be rejectable
  undo: () => Payment.pay({ orderId: '1', cents: 1 }),
})

// A command with an output has to be answered.
aggregate(Stock, 'item', {
  key: () => '',
  initial: () => ({}),
  decide: {
    // @ts-expect-error reserve has an output: reply({ reservationId }, ...)
    reserve: (_item, command) => Stock.Reserved(command),
  },
  evolve: {},
})

// An answer records events of its own service only.
aggregate(Stock, 'item', {
  key: () => '',
  initial: () => ({}),
  decide: {
    reserve: (_item, command, { reply, id }) =>
      // @ts-expect-error Paid belongs to payment
      reply({ reservationId: id }, Stock.Reserved(command), Payment.Paid({ receipt: '' })),
  },
  evolve: {},
})

// A rejection that the contract does not declare.
aggregate(Stock, 'item', {
  key: () => '',
  initial: () => ({}),
  decide: {
    // @ts-expect-error there is no rejection 'Closed'
    reserve: (_item, _command, { reject }) => reject.Closed({}),
  },
  evolve: {},
})

// Another service's event cannot be decided here.
aggregate(Stock, 'item', {
  key: () => '',
  initial: () => ({}),
  decide: {
    // @ts-expect-error Paid belongs to payment
    release: () => Payment.Paid({ receipt: '' }),
  },
  evolve: {},
})

// A query handler has to answer in the shape of its contract.
service(Stock, {
  queries: {
    // @ts-expect-error available is missing
    item: async () => ({ amount: 1 }),
  },
})

// A service whose contract has queries has to answer them.
// @ts-expect-error queries is missing
service(Stock, { aggregates: [Item] })

// An index that the view does not have.
service(Stock, {
  queries: {
    item: async (_input, { read }) => {
      // @ts-expect-error there is no index 'byName'
      await read.find(Items, { byName: '1' })
      return { available: 1 }
    },
  },
})

// Two steps of one name.
// @ts-expect-error 'stock' is taken
Checkout.step('stock', { run: () => Payment.refund({ receipt: '' }) })

// The way that was gone tells which results there are.
Checkout.step('packed', {
  run: (context) =>
    Payment.refund({ receipt: context.packing === 'box' ? context.boxed.receipt : '' }),
})
Checkout.step('packed', {
  // @ts-expect-error 'boxed' is only there when the box was chosen
  run: ({ boxed }) => Payment.refund({ receipt: boxed.receipt }),
})

Start.choice('packing', {
  // @ts-expect-error there is no way 'sack'
  of: () => 'sack',
  ways: (branch) => ({ box: branch, bag: branch }),
})

// A command that is never rejected cannot be retried, and no rejection that it does not declare.
Start.step('back', {
  run: () => Payment.refund({ receipt: '' }),
  effect: 'none',
  // @ts-expect-error refund is never rejected
  retry: { times: 1, afterMs: 1 },
})
Start.step('pay', {
  run: () => Payment.pay({ orderId: '1', cents: 1 }),
  undo: ({ result }) => Payment.refund(result),
  // @ts-expect-error pay does not declare 'Busy'
  retry: { on: ['Busy'], times: 1, afterMs: 1 },
})

// A saga in a saga: before the pivot with all that it can reject, after it only without.
const Pay = saga('pay', { input: z.object({ id: z.string() }), key: ({ id }) => id }).step('take', {
  run: ({ input }) => Payment.pay({ orderId: input.id, cents: 1 }),
  undo: ({ result }) => Payment.refund(result),
})
const GiveBack = saga('give-back', {
  input: z.object({ receipt: z.string() }),
  key: () => '',
}).step('give', { run: ({ input }) => Payment.refund(input), effect: 'none' })
Start.saga('paying', Pay, ({ input }) => ({ id: input.orderId }))
  .pivot('decide', { run: ({ paying }) => Payment.refund({ receipt: paying.take.receipt }) })
  .saga('giving', GiveBack, ({ paying }) => ({ receipt: paying.take.receipt }))
// @ts-expect-error its input has no order
Start.saga('paying', Pay, ({ input }) => ({ order: input.orderId }))
// @ts-expect-error after the pivot a saga only goes forward
Checkout.saga('paying', Pay, ({ input }) => ({ id: input.orderId }))
// A nested pivot is the pivot.
Start.saga('whole', Pay.pivot('sure', { run: () => Payment.refund({ receipt: '' }) }), () => ({
  id: '',
}))
  // @ts-expect-error a second pivot
  .pivot('again', { run: () => Payment.refund({ receipt: '' }) })
