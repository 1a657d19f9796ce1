import { aggregate } from 'dure'
import { Shelf } from './contract.ts'

interface BookState {
  readonly copies: number
  readonly loans: readonly string[]
}

/** One title: how many copies there are, and to which loans they went. */
export const Book = aggregate(Shelf, 'book', {
  key: ({ title }) => title,
  initial: (): BookState => ({ copies: 0, loans: [] }),
  decide: {
    add: (_, command) => Shelf.Added(command),
    lend: (book, command, { reject }) => {
      if (book.loans.includes(command.loanId)) return []
      const lent = book.loans.length
      return lent < book.copies ? Shelf.Lent(command) : reject.NoCopyLeft({ lent })
    },
    takeBack: (book, command) =>
      book.loans.includes(command.loanId) ? Shelf.TakenBack(command) : [],
  },
  evolve: {
    Added: (book, { copies }) => ({ ...book, copies: book.copies + copies }),
    Lent: (book, { loanId }) => ({ ...book, loans: [...book.loans, loanId] }),
    TakenBack: (book, { loanId }) => ({
      ...book,
      loans: book.loans.filter((each) => each !== loanId),
    }),
  },
})
