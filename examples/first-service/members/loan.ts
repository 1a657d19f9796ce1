import { aggregate } from 'dure'
import { Members } from './contract.ts'

/** One wish to borrow a book, and what became of it. */
export const Loan = aggregate(Members, 'loan', {
  key: ({ loanId }) => loanId,
  initial: () => ({ status: 'none' }),
  decide: {
    borrow: (loan, command) => (loan.status === 'none' ? Members.Wished(command) : []),
    handOver: (_, command) => Members.HandedOver(command),
    refuse: (_, command) => Members.Refused(command),
  },
  evolve: {
    Wished: () => ({ status: 'wished' }),
    HandedOver: () => ({ status: 'handed over' }),
    Refused: (_, { reason }) => ({ status: `refused: ${reason}` }),
  },
})
