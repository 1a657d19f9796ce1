// Transaction marks: how clients learn that a transaction which they handed in has ended.
import { type EventMeta, type Reader, view } from 'dure'
import { z } from 'zod'
import { sortable, Transaction } from './values.ts'

/** The end of one transaction, told by the service that ended it. */
export const Mark = z.object({
  transaction: Transaction,
  type: z.enum(['CUSTOMER_SESSION', 'PRICE_UPDATE', 'UPDATE_PRODUCT', 'UPDATE_DELIVERY']),
  /** The customer or the seller; 0 for the carrier. */
  actorId: z.int().min(0),
  status: z.enum(['SUCCESS', 'ERROR', 'ABORT', 'NOT_ACCEPTED']),
  source: z.string(),
})
export type Mark = z.infer<typeof Mark>

/** Marks are read in pages of this size at most. */
export const marksPageMax = 1_000

const MarksPage = z.object({ after: z.string().max(200), limit: z.int().min(1).max(marksPageMax) })
/** A mark, and its place in the order of time. */
const MarkEntry = z.object({ cursor: z.string(), mark: Mark })
export type MarkEntry = z.infer<typeof MarkEntry>

/** The queries of a service that ends transactions. */
export const markQueries = {
  mark: {
    input: z.object({ transaction: Transaction }),
    output: z.object({ first: MarkEntry.optional() }),
    summary: 'How a transaction ended, if it ended here: the first mark of this name.',
  },
  marks: {
    input: MarksPage,
    output: z.array(MarkEntry),
    summary: 'The ends of transactions, in the order in which they were noted.',
  },
} as const

/** Begins the view of the marks of one service; the service adds the events that end a transaction. */
export const marksView = view('marks', {
  document: Mark,
  consistency: 'inline',
  indexes: { transaction: (mark) => mark.transaction },
})

/** Where a mark is kept: in the order of time. */
export function markKey(meta: { readonly atMs: number; readonly id: string }): string {
  return `${sortable(meta.atMs)}/${meta.id}`
}

interface MarkHandler<Data> {
  readonly key: (event: Data, meta: EventMeta) => string
  readonly evolve: (document: Mark | undefined, event: Data, meta: EventMeta) => Mark
}

/** Notes the mark of an event that ends a transaction. */
export function noteMark<Data>(make: (event: Data) => Omit<Mark, 'source'>): MarkHandler<Data> {
  return {
    key: (_event, meta) => markKey(meta),
    evolve: (_document, event, { source }) => ({ ...make(event), source }),
  }
}

type MarksView = typeof marksView
type MarksPage = z.infer<typeof MarksPage>

/** Answers `mark` from the marks of a service. */
export async function findMark(
  read: Reader,
  marks: MarksView,
  { transaction }: { readonly transaction: string },
): Promise<{ readonly first?: MarkEntry }> {
  const [first] = await read.find(marks, { transaction }, { limit: 1 })
  return first ? { first: { cursor: first.key, mark: first.document } } : {}
}

/** The mark that was noted first. */
export function firstMark(found: readonly (MarkEntry | undefined)[]): MarkEntry | undefined {
  const [first] = found
    .filter((each) => each !== undefined)
    .toSorted((one, other) => (one.cursor < other.cursor ? -1 : 1))
  return first
}

/** Answers `marks` from the marks of a service. */
export async function pageOfMarks(
  read: Reader,
  marks: MarksView,
  { after, limit }: MarksPage,
): Promise<MarkEntry[]> {
  const found = await read.list(marks, { limit, ...(after !== '' && { after }) })
  return found.map(({ key, document }) => ({ cursor: key, mark: document }))
}
