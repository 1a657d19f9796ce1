// A system of two services: orders, which are written with Dure, and postage, which is not: `participant.py` runs it. Its
// contract is all that is known of it here.
import { z } from 'zod'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  saga,
  service,
  type System,
  system,
  view,
} from '../../src/index.ts'
import type { Style } from '../systems/shop.ts'

const Parcel = z.object({ orderId: z.string(), grams: z.int().positive() })

export const Postage = contract('postage', {
  commands: {
    ship: {
      input: Parcel,
      output: z.object({ label: z.string() }),
      rejects: { TooHeavy: z.object({ gramsMax: z.int() }) },
    },
  },
  events: {
    Announced: z.object({ orderId: z.string(), count: z.int() }),
    Shipped: z.object({ orderId: z.string(), label: z.string() }),
  },
})

export const AnnouncementsOfOrder = z.object({ counts: z.array(z.int()), shipped: z.int() })

const OrderId = z.object({ orderId: z.string() })

export const Order = contract('order', {
  commands: {
    place: { input: Parcel },
    pack: { input: OrderId, output: OrderId },
    unpack: { input: OrderId },
    send: { input: z.object({ orderId: z.string(), label: z.string() }) },
    cancel: { input: z.object({ orderId: z.string(), reason: z.string() }) },
  },
  events: {
    Placed: Parcel,
    Packed: OrderId,
    Unpacked: OrderId,
    Sent: z.object({ orderId: z.string(), label: z.string() }),
    Cancelled: z.object({ orderId: z.string(), reason: z.string() }),
  },
  queries: {
    order: {
      input: OrderId,
      output: z.object({ status: z.string(), isPacked: z.boolean() }),
      rejects: { NotFound: z.object({}) },
    },
    announcements: { input: OrderId, output: AnnouncementsOfOrder },
  },
})

const OrderState = aggregate(Order, 'order', {
  key: (command) => command.orderId,
  initial: () => ({ status: 'none', isPacked: false }),
  decide: {
    place: (_order, command) => Order.Placed(command),
    pack: (_order, command, { reply }) => reply(command, Order.Packed(command)),
    unpack: (_order, command) => Order.Unpacked(command),
    send: (_order, command) => Order.Sent(command),
    cancel: (_order, command) => Order.Cancelled(command),
  },
  evolve: {
    Placed: (order) => ({ ...order, status: 'placed' }),
    Packed: (order) => ({ ...order, isPacked: true }),
    Unpacked: (order) => ({ ...order, isPacked: false }),
    Sent: (order, { label }) => ({ ...order, status: `sent as ${label}` }),
    Cancelled: (order, { reason }) => ({ ...order, status: `cancelled: ${reason}` }),
  },
})

/** What the other service has said of an order, each time it did. */
const Announcements = view('announcements', {
  document: AnnouncementsOfOrder,
})
  .on(Postage.Announced, {
    key: ({ orderId }) => orderId,
    evolve: (known, { count }) => ({
      counts: [...(known?.counts ?? []), count],
      shipped: known?.shipped ?? 0,
    }),
  })
  .on(Postage.Shipped, {
    key: ({ orderId }) => orderId,
    evolve: (known, _event) => ({
      counts: known?.counts ?? [],
      shipped: (known?.shipped ?? 0) + 1,
    }),
  })

const OrderService = service(Order, {
  aggregates: [OrderState],
  views: [Announcements],
  queries: {
    order: async ({ orderId }, { read, reject }) =>
      (await read.state(OrderState, orderId)) ?? reject.NotFound({}),
    announcements: async ({ orderId }, { read }) =>
      (await read.get(Announcements, orderId)) ?? { counts: [], shipped: 0 },
  },
})

const Dispatch = saga('dispatch', {
  input: Parcel,
  key: ({ orderId }) => orderId,
  deadlineMs: 3_600_000,
})
  .startsOn(Order.Placed, (event) => event)
  .step('pack', {
    run: ({ input }) => Order.pack({ orderId: input.orderId }),
    undo: ({ result }) => Order.unpack(result),
  })
  .pivot('postage', { run: ({ input }) => Postage.ship(input) })
  .step('send', {
    run: ({ input, postage }) => Order.send({ orderId: input.orderId, label: postage.label }),
  })
  .otherwise(({ input, failure }) =>
    Order.cancel({ orderId: input.orderId, reason: failure.rejected }),
  )

/** The system under a name of its own, so that it meets no other one at a message server. */
export function parcels(name = 'parcels', style: Style = 'orchestrated'): System {
  return system(name, {
    services: [OrderService],
    elsewhere: [Postage],
    sagas: [
      style === 'choreographed' ? choreographed(Dispatch) : orchestrated(Dispatch, { by: Order }),
    ],
  })
}
