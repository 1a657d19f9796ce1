import { contract } from 'dure'
import * as z from 'zod'

const Title = z.string().min(1).max(200)
const Copies = z.object({ title: Title, copies: z.int().min(1).max(1_000) })
const Loan = z.object({ title: Title, loanId: z.string().min(1).max(40) })

/** The shelf of a library: what others may know of it. */
export const Shelf = contract('shelf', {
  commands: {
    add: { input: Copies },
    lend: { input: Loan, rejects: { NoCopyLeft: z.object({ lent: z.int() }) } },
    takeBack: { input: Loan },
  },
  events: { Added: Copies, Lent: Loan, TakenBack: Loan },
  queries: {
    book: {
      input: z.object({ title: Title }),
      output: z.object({ free: z.int(), lent: z.int() }),
      rejects: { NotFound: z.object({}) },
    },
  },
})
