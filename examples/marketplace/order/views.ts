import { view } from 'dure'
import { marksView, noteMark } from '../marks.ts'
import { sortable } from '../values.ts'
import { Order } from './contract.ts'

/** The invoices of orders. What became of an order is the state of its aggregate. */
export const Invoices = view('invoices', {
  document: Order.InvoiceIssued.schema.omit({ transaction: true }),
  consistency: 'inline',
  indexes: { customer: ({ customerId }) => customerId },
}).on(Order.InvoiceIssued, {
  key: ({ customerId, orderId }) => `${customerId}/${sortable(orderId)}`,
  evolve: (_invoice, { transaction: _transaction, ...invoice }) => invoice,
})

/** Checkouts that were given up end here. */
export const OrderMarks = marksView.on(
  Order.CheckoutAborted,
  noteMark(({ transaction, customerId }) => ({
    transaction,
    type: 'CUSTOMER_SESSION',
    actorId: customerId,
    status: 'ABORT',
  })),
)
