import { service } from 'dure'
import { Account } from './account.ts'
import { Members } from './contract.ts'
import { Loan } from './loan.ts'

export const MembersService = service(Members, {
  aggregates: [Account, Loan],
  queries: {
    loan: async ({ loanId }, { read }) => (await read.state(Loan, loanId)) ?? { status: 'none' },
    balance: async ({ memberId }, { read }) =>
      (await read.state(Account, memberId)) ?? { cents: 0 },
  },
})
