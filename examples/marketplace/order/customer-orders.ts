import { aggregate } from 'dure'
import { Order } from './contract.ts'
import { ownerOf } from '../values.ts'
import { priceLine, totalsOf } from './totals.ts'

/**
 * Numbers the orders of one customer: 1, 2, 3 and so on, without gaps.
 *
 * A number is given together with the invoice, so it is never given and lost. An order whose payment fails keeps its
 * number; a checkout that reserved nothing gets none.
 */
export const CustomerOrders = aggregate(Order, 'customer-orders', {
  key: ({ customerId }) => String(customerId),
  partitionKey: ownerOf,
  initial: () => ({ count: 0 }),
  decide: {
    create: ({ count }, { transaction, customerId, lines }, { atMs, reply }) => {
      const orderId = count + 1
      const invoiceNumber = `${customerId}-${compactDate(atMs)}-${orderId}`
      const priced = lines.map(priceLine)
      const totals = totalsOf(priced)
      const order = { customerId, orderId, invoiceNumber, totals }
      return reply(
        { orderId, invoiceNumber, totalInvoiceCents: totals.invoiceCents },
        Order.InvoiceIssued({ ...order, transaction, issuedAtMs: atMs, lines: priced }),
      )
    },
    abort: (_state, command) => Order.CheckoutAborted(command),
  },
  evolve: {
    InvoiceIssued: (_state, { orderId }) => ({ count: orderId }),
  },
})

/** The UTC date as `yyyyMMdd`. */
function compactDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '')
}
