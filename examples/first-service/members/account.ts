import { aggregate } from 'dure'
import { Members } from './contract.ts'

/** The money of one member. */
export const Account = aggregate(Members, 'account', {
  key: ({ memberId }) => memberId,
  initial: () => ({ cents: 0 }),
  decide: {
    payIn: (_, command) => Members.PaidIn(command),
    payFee: (account, command, { reject }) =>
      account.cents < command.cents
        ? reject.NotEnoughMoney({ cents: account.cents })
        : Members.FeePaid(command),
  },
  evolve: {
    PaidIn: (account, { cents }) => ({ cents: account.cents + cents }),
    FeePaid: (account, { cents }) => ({ cents: account.cents - cents }),
  },
})
