import { contract } from 'dure'
import * as z from 'zod'

const Id = z.string().min(1).max(40)
const Cents = z.int().min(1).max(1_000_000)
const Wish = z.object({ loanId: Id, memberId: Id, title: z.string().min(1).max(200) })
const Money = z.object({ memberId: Id, cents: Cents })
const Fee = z.object({ memberId: Id, loanId: Id, cents: Cents })
const LoanKey = z.object({ loanId: Id })
const Refusal = z.object({ loanId: Id, reason: z.string() })

/** The members of a library, their money and their loans. */
export const Members = contract('members', {
  commands: {
    payIn: { input: Money },
    payFee: { input: Fee, rejects: { NotEnoughMoney: z.object({ cents: z.int() }) } },
    borrow: { input: Wish },
    handOver: { input: LoanKey },
    refuse: { input: Refusal },
  },
  events: { PaidIn: Money, FeePaid: Fee, Wished: Wish, HandedOver: LoanKey, Refused: Refusal },
  queries: {
    loan: { input: LoanKey, output: z.object({ status: z.string() }) },
    balance: { input: z.object({ memberId: Id }), output: z.object({ cents: z.int() }) },
  },
})
