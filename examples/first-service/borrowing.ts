import { saga } from 'dure'
import { Members } from './members/contract.ts'
import { Shelf } from './shelf/contract.ts'

const feeCents = 100

/** A copy is set aside, the fee decides, and then the book is handed over. */
export const Borrowing = saga('borrowing', {
  input: Members.Wished.schema,
  key: ({ loanId }) => loanId,
  deadlineMs: 30_000,
})
  .startsOn(Members.Wished, (event) => event)
  .step('copy', {
    run: ({ input: { title, loanId } }) => Shelf.lend({ title, loanId }),
    undo: ({ input: { title, loanId } }) => Shelf.takeBack({ title, loanId }),
  })
  .pivot('fee', {
    run: ({ input: { memberId, loanId } }) => Members.payFee({ memberId, loanId, cents: feeCents }),
  })
  .step('handOver', { run: ({ input: { loanId } }) => Members.handOver({ loanId }) })
  .otherwise(({ input: { loanId }, failure }) =>
    Members.refuse({ loanId, reason: failure.rejected }),
  )
