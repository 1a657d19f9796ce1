import { aggregate } from 'dure'
import { Customer, type CustomerRow } from './contract.ts'

interface CustomerState {
  readonly row: CustomerRow | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export const CustomerRecord = aggregate(Customer, 'customer', {
  stored: 'state',
  key: ({ customerId }) => String(customerId),
  initial: (): CustomerState => ({ row: null, createdAtMs: 0, updatedAtMs: 0 }),
  decide: {
    register: ({ row }, command) =>
      row && JSON.stringify(row) === JSON.stringify(command)
        ? []
        : Customer.CustomerRegistered(command),
  },
  evolve: {
    CustomerRegistered: (state, row, { atMs }) => ({
      row,
      createdAtMs: state.row ? state.createdAtMs : atMs,
      updatedAtMs: atMs,
    }),
  },
})
