// The smallest honest business transaction over three services: an order, its stock, its payment.
import assert from 'node:assert/strict'
import {
  aggregate,
  choreographed,
  contract,
  orchestrated,
  saga,
  service,
  type System,
  system,
} from 'dure'
import { z } from 'zod'
import type { StoreProvider } from '../../src/log/store.port.ts'
import { type OpenedSystem, openSystem } from '../systems/open-system.ts'
import { watchStores } from '../systems/watch-stores.ts'

const ById = z.object({ id: z.string() })
const Reservation = z.object({ id: z.string(), item: z.string(), quantity: z.int().positive() })
const Payment = z.object({ id: z.string(), cents: z.int() })
const Placed = z.object({
  id: z.string(),
  item: z.string(),
  quantity: z.int().positive(),
  cents: z.int(),
})

const Stock = contract('stock', {
  commands: {
    reserve: {
      input: Reservation,
      output: Reservation,
      rejects: { OutOfStock: z.object({ left: z.int() }) },
    },
    release: { input: Reservation },
  },
  events: { Reserved: Reservation, Released: Reservation },
})

const Bank = contract('bank', {
  commands: { pay: { input: Payment, rejects: { Declined: z.object({}) } } },
  events: { Paid: Payment },
})

const Order = contract('order', {
  commands: {
    place: { input: Placed },
    confirm: { input: ById },
    fail: { input: ById.extend({ reason: z.string() }) },
  },
  events: { Placed, Confirmed: ById, Failed: ById.extend({ reason: z.string() }) },
})

/** More than all transactions together take. */
const available = 1_000_000_000
const limitCents = 100_000_000

const StoredItem = aggregate(Stock, 'item', {
  key: ({ item }) => item,
  initial: () => ({ left: available }),
  decide: {
    reserve: ({ left }, command, { reject, reply }) =>
      left < command.quantity
        ? reject.OutOfStock({ left })
        : reply(command, Stock.Reserved(command)),
    release: (_item, command) => Stock.Released(command),
  },
  evolve: {
    Reserved: ({ left }, { quantity }) => ({ left: left - quantity }),
    Released: ({ left }, { quantity }) => ({ left: left + quantity }),
  },
})

const Charge = aggregate(Bank, 'charge', {
  key: ({ id }) => id,
  initial: () => ({ isPaid: false }),
  decide: {
    pay: (_charge, command, { reject }) =>
      command.cents > limitCents ? reject.Declined({}) : Bank.Paid(command),
  },
  evolve: { Paid: () => ({ isPaid: true }) },
})

const StoredOrder = aggregate(Order, 'order', {
  key: ({ id }) => id,
  initial: () => ({ status: 'none' }),
  decide: {
    place: (_order, command) => Order.Placed(command),
    confirm: (_order, command) => Order.Confirmed(command),
    fail: (_order, command) => Order.Failed(command),
  },
  evolve: {
    Placed: () => ({ status: 'placed' }),
    Confirmed: () => ({ status: 'confirmed' }),
    Failed: () => ({ status: 'failed' }),
  },
})

const Trade = saga('trade', { input: Placed, key: ({ id }) => id, deadlineMs: 60_000 })
  .startsOn(Order.Placed, (event) => event)
  .step('stock', {
    run: ({ input: { id, item, quantity } }) => Stock.reserve({ id, item, quantity }),
    undo: ({ result }) => Stock.release(result),
  })
  .pivot('payment', { run: ({ input: { id, cents } }) => Bank.pay({ id, cents }) })
  .step('confirm', { run: ({ input: { id } }) => Order.confirm({ id }) })
  .otherwise(({ input: { id }, failure }) => Order.fail({ id, reason: failure.rejected }))

export const styles = ['orchestrated', 'choreographed'] as const
export type Style = (typeof styles)[number]

function trade(style: Style): System {
  return system('trade', {
    services: [
      service(Stock, { aggregates: [StoredItem] }),
      service(Bank, { aggregates: [Charge] }),
      service(Order, { aggregates: [StoredOrder] }),
    ],
    sagas: [style === 'choreographed' ? choreographed(Trade) : orchestrated(Trade, { by: Order })],
  })
}

/** Items that orders are for, in turns. */
const items = 1_000

export interface Trading extends OpenedSystem {
  /** Places an order, and resolves when it is durable that its stock is reserved, it is paid for, and confirmed. */
  readonly run: (index: number) => Promise<void>
}

/** Starts the three services in this process. */
export async function openTrading(style: Style, inner: StoreProvider): Promise<Trading> {
  const waiting = new Map<string, () => void>()
  const stores = watchStores(inner, ({ entries = [] }) => {
    for (const { type, data } of entries) {
      if (type !== Order.Confirmed.type) continue
      // Why the cast: the schema of this event says so.
      const { id } = JSON.parse(data) as { readonly id: string }
      waiting.get(id)?.()
      waiting.delete(id)
    }
  })
  const opened = await openSystem(trade(style), { stores })
  return {
    ...opened,
    async run(index) {
      const id = `order-${index}`
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(id, resolve)
      const item = `item-${index % items}`
      const answer = await opened.running.execute(
        Order.place({ id, item, quantity: 1, cents: 1_990 }),
      )
      assert.ok(answer.ok)
      await promise
    },
  }
}
