import { aggregate, contract, service, type System, system, view } from 'dure'
import { z } from 'zod'

const Item = z.object({ item: z.string().min(1).max(100) })
const Reservation = Item.extend({
  reservation: z.string().min(1).max(100),
  quantity: z.int().min(1),
  customer: z.string().max(100),
  warehouse: z.string().max(100),
  remark: z.string().max(1_000),
})

/** The service that is measured: a command has six fields, is checked, decided, and becomes one event. */
export const Warehouse = contract('warehouse', {
  commands: {
    reserve: {
      input: Reservation,
      output: z.object({ reserved: z.int() }),
      rejects: { TooMany: z.object({ reserved: z.int() }) },
    },
  },
  events: { Reserved: Reservation },
  queries: {
    item: { input: Item, output: z.object({ reserved: z.int() }) },
    inWarehouse: {
      input: z.object({ warehouse: z.string() }),
      output: z.array(z.object({ reserved: z.int() })),
    },
  },
})

const reservedMax = 1_000_000_000

const StoredItem = aggregate(Warehouse, 'item', {
  key: ({ item }) => item,
  initial: () => ({ reserved: 0 }),
  decide: {
    reserve: ({ reserved }, command, { reject, reply }) =>
      reserved + command.quantity > reservedMax
        ? reject.TooMany({ reserved })
        : reply({ reserved: reserved + command.quantity }, Warehouse.Reserved(command)),
  },
  evolve: {
    Reserved: ({ reserved }, { quantity }) => ({ reserved: reserved + quantity }),
  },
})

const shelves = (consistency: 'inline' | 'async') =>
  view('shelves', {
    document: z.object({ warehouse: z.string(), reserved: z.int() }),
    consistency,
    indexes: { warehouse: ({ warehouse }) => warehouse },
  }).on(Warehouse.Reserved, {
    key: ({ item }) => item,
    evolve: (shelf, { warehouse, quantity }) => ({
      warehouse,
      reserved: (shelf?.reserved ?? 0) + quantity,
    }),
  })
const Shelves = shelves('inline')

/** The most documents that the search by warehouse answers with. */
export const foundMax = 20

const withoutViews = service(Warehouse, {
  aggregates: [StoredItem],
  queries: {
    item: async ({ item }, { read }) => (await read.state(StoredItem, item)) ?? { reserved: 0 },
    inWarehouse: async () => [],
  },
})

const withView = service(Warehouse, {
  aggregates: [StoredItem],
  views: [Shelves],
  queries: {
    item: async ({ item }, { read }) => (await read.state(StoredItem, item)) ?? { reserved: 0 },
    inWarehouse: async ({ warehouse }, { read }) => {
      const found = await read.find(Shelves, { warehouse }, { limit: foundMax })
      return found.map(({ document: { reserved } }) => ({ reserved }))
    },
  },
})

const withAsyncView = service(Warehouse, {
  aggregates: [StoredItem],
  views: [shelves('async')],
  queries: { item: async () => ({ reserved: 0 }), inWarehouse: async () => [] },
})

/** The same service with a view that follows its log. */
export function followedWarehouse(): System {
  return system('warehouse', { services: [withAsyncView] })
}

/** A system of that one service, with one inline view or with none. */
export function warehouse(options: { readonly hasView: boolean }): System {
  return system('warehouse', { services: [options.hasView ? withView : withoutViews] })
}
