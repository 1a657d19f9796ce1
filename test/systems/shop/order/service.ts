import { aggregate, service, view } from 'dure'
import * as z from 'zod'
import { Catalog } from '../catalog/contract.ts'
import { Orders } from './contract.ts'

export const Order = aggregate(Orders, 'order', {
  key: (command) => command.orderId,
  initial: () => ({ status: 'none' }),
  decide: {
    place: (order, command, { reject }) =>
      order.status === 'none' ? Orders.Placed(command) : reject.AlreadyPlaced({}),
    confirm: (_, command) => Orders.Confirmed(command),
    cancel: (_, command) => Orders.Cancelled(command),
  },
  evolve: {
    Placed: () => ({ status: 'placed' }),
    Confirmed: () => ({ status: 'confirmed' }),
    Cancelled: () => ({ status: 'cancelled' }),
  },
})

const OrderDocument = z.object({ status: z.string(), productIds: z.array(z.string()) })

export const OrderList = view('orders', { document: OrderDocument })
  .on(Orders.Placed, {
    key: ({ orderId }) => orderId,
    evolve: (_, { lines }) => ({
      status: 'placed',
      productIds: lines.map(({ productId }) => productId),
    }),
  })
  .on(Orders.Confirmed, {
    key: ({ orderId }) => orderId,
    evolve: (order) => order && { ...order, status: 'confirmed' },
  })
  .on(Orders.Cancelled, {
    key: ({ orderId }) => orderId,
    evolve: (order) => order && { ...order, status: 'cancelled' },
  })

/** The catalogue's titles, kept here so that an order can be shown without asking. */
export const Titles = view('titles', { document: z.object({ title: z.string() }) }).on(
  Catalog.Offered,
  { key: ({ productId }) => productId, evolve: (_, { title }) => ({ title }) },
)

export default service(Orders, {
  aggregates: [Order],
  views: [OrderList, Titles],
  queries: {
    async order({ orderId }, { read, reject }) {
      const order = await read.get(OrderList, orderId)
      if (!order) return reject.NotFound({})
      const titles = await Promise.all(order.productIds.map((key) => read.get(Titles, key)))
      return {
        orderId,
        status: order.status,
        titles: titles.map((each) => each?.title ?? 'unknown'),
      }
    },
  },
})
