import { service } from 'dure'
import { findMark, pageOfMarks } from '../marks.ts'
import { readPages } from '../pages.ts'
import { orderKey } from '../values.ts'
import { Order } from './contract.ts'
import { CustomerOrders } from './customer-orders.ts'
import { OrderItem } from './order.ts'
import { OrdersArrive } from './policies.ts'
import { Invoices, OrderMarks } from './views.ts'

export const OrderService = service(Order, {
  aggregates: [CustomerOrders, OrderItem],
  views: [Invoices, OrderMarks],
  policies: [OrdersArrive],
  queries: {
    orders: async ({ customerId }, { read }) => {
      const invoices = await readPages((page) =>
        read.find(Invoices, { customer: customerId }, page),
      )
      const states = await Promise.all(
        invoices.map((invoice) => read.state(OrderItem, orderKey(invoice))),
      )
      return invoices.map((invoice, index) => {
        const state = states[index]
        const issued = { status: 'INVOICED', atMs: invoice.issuedAtMs } as const
        const history = [issued, ...(state?.history ?? [])]
        return {
          ...invoice,
          ...state,
          status: state?.status ?? 'INVOICED',
          history,
          updatedAtMs: history.at(-1)?.atMs ?? issued.atMs,
        }
      })
    },
    mark: (input, { read }) => findMark(read, OrderMarks, input),
    marks: (page, { read }) => pageOfMarks(read, OrderMarks, page),
  },
})
