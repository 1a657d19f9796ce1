import { aggregate, composed, contract, gateway, route, type System, service, system } from 'dure'
import { z } from 'zod'

const Order = z.strictObject({
  order: z.string().min(1).max(64),
  customer: z.string().min(1).max(100),
  lines: z
    .array(z.strictObject({ sku: z.string().min(1).max(64), quantity: z.int().min(1).max(1000) }))
    .min(1)
    .max(100),
  note: z.string().max(500).optional(),
})

const Orders = contract('orders', {
  commands: { place: { input: Order, output: z.object({ order: z.string(), pieces: z.int() }) } },
  events: { Placed: Order },
  queries: {
    order: {
      input: z.object({ order: z.string().max(64) }),
      output: z.object({ order: z.string(), pieces: z.int() }),
      rejects: { NotFound: z.object({}) },
    },
  },
})

const OrderBook = aggregate(Orders, 'order', {
  stored: 'state',
  key: ({ order }) => order,
  initial: () => ({ pieces: 0 }),
  decide: {
    place: (_state, command, { reply }) => {
      const pieces = command.lines.reduce((sum, line) => sum + line.quantity, 0)
      return reply({ order: command.order, pieces }, Orders.Placed(command))
    },
  },
  evolve: {
    Placed: (state, { lines }) => ({
      pieces: state.pieces + lines.reduce((sum, line) => sum + line.quantity, 0),
    }),
  },
})

const OrderService = service(Orders, {
  aggregates: [OrderBook],
  queries: {
    order: async ({ order }, { read, reject }) => {
      const state = await read.state(OrderBook, order)
      return state ? { order, pieces: state.pieces } : reject.NotFound({})
    },
  },
})

/** What every constant answer says. */
export const constant = { order: 'order-1', pieces: 6 } as const

export const shop: System = system('bench-shop', {
  services: [OrderService],
  gateways: [
    gateway('front', {
      routes: [
        route('POST /orders', Orders.place),
        route('GET /orders/{order}', Orders.order),
        composed('POST /constant', async () => ({ status: 200, body: constant })),
      ],
    }),
  ],
})

/** The body of an order, about 200 bytes. */
export function orderBody(order: string): string {
  return JSON.stringify({
    order,
    customer: 'customer-17',
    lines: [
      { sku: 'tea-green-100', quantity: 2 },
      { sku: 'cup-white', quantity: 4 },
    ],
    note: 'leave it at the door',
  })
}
