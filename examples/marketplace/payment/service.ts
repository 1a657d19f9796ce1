import { service } from 'dure'
import { findMark, marksView, noteMark, pageOfMarks } from '../marks.ts'
import { orderKey } from '../values.ts'
import { Payment } from './contract.ts'
import { OrderPayment } from './payment.ts'
import { PaymentProvider } from './provider.ts'

/** Checkouts that could not be paid end here. */
export const PaymentMarks = marksView.on(
  Payment.PaymentFailed,
  noteMark(({ transaction, customerId }) => ({
    transaction,
    type: 'CUSTOMER_SESSION',
    actorId: customerId,
    status: 'NOT_ACCEPTED',
  })),
)

export const PaymentService = service(Payment, {
  aggregates: [OrderPayment],
  views: [PaymentMarks],
  ports: [PaymentProvider],
  queries: {
    payment: async (order, { read, reject }) => {
      const state = await read.state(OrderPayment, orderKey(order))
      if (!state || state.payments.length === 0) return reject.NotFound({})
      const { payments, card, atMs } = state
      return { payments: [...payments], atMs, ...(card && { card }) }
    },
    mark: (input, { read }) => findMark(read, PaymentMarks, input),
    marks: (page, { read }) => pageOfMarks(read, PaymentMarks, page),
  },
})
