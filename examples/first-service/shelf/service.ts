import { service, view } from 'dure'
import * as z from 'zod'
import { Book } from './book.ts'
import { Shelf } from './contract.ts'

/** How many copies of a title are free, kept in the same commit as the event. */
const Counts = view('counts', {
  document: z.object({ free: z.int(), lent: z.int() }),
  consistency: 'inline',
})
  .on(Shelf.Added, {
    key: ({ title }) => title,
    evolve: (counts, { copies }) => ({
      free: (counts?.free ?? 0) + copies,
      lent: counts?.lent ?? 0,
    }),
  })
  .on(Shelf.Lent, {
    key: ({ title }) => title,
    evolve: (counts) => counts && { free: counts.free - 1, lent: counts.lent + 1 },
  })
  .on(Shelf.TakenBack, {
    key: ({ title }) => title,
    evolve: (counts) => counts && { free: counts.free + 1, lent: counts.lent - 1 },
  })

export const ShelfService = service(Shelf, {
  aggregates: [Book],
  views: [Counts],
  queries: {
    book: async ({ title }, { read, reject }) =>
      (await read.get(Counts, title)) ?? reject.NotFound({}),
  },
})
