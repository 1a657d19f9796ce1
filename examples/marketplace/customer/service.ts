import { service } from 'dure'
import { Customer } from './contract.ts'
import { CustomerRecord } from './customer.ts'
import { CustomerCounters } from './views.ts'

export const CustomerService = service(Customer, {
  aggregates: [CustomerRecord],
  views: [CustomerCounters],
  queries: {
    customer: async ({ customerId }, { read, reject }) => {
      const key = String(customerId)
      const [state, counters] = await Promise.all([
        read.state(CustomerRecord, key),
        read.get(CustomerCounters, key),
      ])
      if (!state?.row) return reject.NotFound({})
      return {
        ...state.row,
        successPaymentCount: counters?.succeeded ?? 0,
        failedPaymentCount: counters?.failed ?? 0,
        deliveryCount: counters?.delivered ?? 0,
        createdAtMs: state.createdAtMs,
        updatedAtMs: state.updatedAtMs,
      }
    },
  },
})
