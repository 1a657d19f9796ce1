import { composed, type RouteCalls, type RouteResponse } from 'dure'
import { Cart } from '../cart/contract.ts'
import { firstMark, type Mark } from '../marks.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Product } from '../product/contract.ts'
import { Shipment } from '../shipment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { z } from 'zod'
import { OutsideMark, OutsideMarks, pathShapes } from './answers.ts'
import { refusal } from './outside.ts'

/** The services that end transactions. */
const enders = { Shipment, Stock, Payment, Cart, Order, Product }

/** Where marks are noted in the order of time. */
const feeds = {
  cart: Cart.marks,
  order: Order.marks,
  payment: Payment.marks,
  price: Cart.priceMarks,
  product: Product.marks,
  shipment: Shipment.marks,
  stock: Stock.marks,
} as const

/** Marks of each feed in one answer. */
const marksPerFeed = 200

/** The identity of a transaction inside: a client numbers its own anew after each reset. */
export function transactionOf(tid: string, calls: Pick<RouteCalls, 'epoch'>): string {
  return `${calls.epoch}/${tid}`
}

function outsideMark({
  transaction,
  type,
  actorId,
  status,
  source,
}: Mark): z.infer<typeof OutsideMark> {
  const tid = transaction.slice(transaction.indexOf('/') + 1)
  return { tid, type, actorId, status, source }
}

/** The first end of a transaction of this name: a name that others use as well does not change its answer. */
async function findMark(calls: RouteCalls, transaction: string): Promise<Mark | undefined> {
  const answers = await Promise.all(
    Object.values(enders).map(async (contract) => {
      const answer = await calls.query(contract.mark({ transaction }))
      return answer.ok ? answer.output.first : undefined
    }),
  )
  return firstMark(answers)?.mark
}

async function readMarks(calls: RouteCalls, after: string | undefined): Promise<RouteResponse> {
  const cursors = new Map(parseCursor(after))
  const own = transactionOf('', calls)
  const pages = await Promise.all(
    Object.entries(feeds).map(async ([name, marks]) => {
      const answer = await calls.query(
        marks({ after: cursors.get(name) ?? '', limit: marksPerFeed }),
      )
      const entries = answer.ok ? answer.output : []
      const last = entries.at(-1)?.cursor
      if (last !== undefined) cursors.set(name, last)
      return entries.map(({ mark }) => mark)
    }),
  )
  const marks = pages.flat().filter(({ transaction }) => transaction.startsWith(own))
  return { status: 200, body: { marks: marks.map(outsideMark), next: renderCursor(cursors) } }
}

function renderCursor(cursors: ReadonlyMap<string, string>): string {
  return [...cursors].map(([name, at]) => `${name}:${encodeURIComponent(at)}`).join(';')
}

function parseCursor(text = ''): readonly (readonly [string, string])[] {
  return text.split(';').flatMap((part) => {
    const colon = part.indexOf(':')
    const name = part.slice(0, Math.max(colon, 0))
    if (!Object.hasOwn(feeds, name)) return []
    return [[name, decodeOrEmpty(part.slice(colon + 1))] as const]
  })
}

/** A cursor that is not ours begins from the start. */
function decodeOrEmpty(text: string): string {
  try {
    return decodeURIComponent(text).slice(0, 200)
  } catch {
    return ''
  }
}

export const transactionRoutes = [
  composed(
    'GET /transactions/{tid}',
    async ({ params }, calls) => {
      const mark = await findMark(calls, transactionOf(params['tid'] ?? '', calls))
      if (mark) return { status: 200, body: outsideMark(mark) }
      return refusal(404, 'NotFound', 'No transaction of this name has ended.')
    },
    {
      summary:
        'How a transaction ended; 404 while it has not. Of several transactions of one name: the first that ended.',
      parameters: { tid: pathShapes.tid },
      answers: {
        200: { summary: 'Its mark.', body: OutsideMark },
        404: { summary: 'No transaction of this name has ended.' },
      },
    },
  ),
  composed('GET /transactions', ({ query }, calls) => readMarks(calls, query['after']), {
    summary: 'The ends of transactions after a cursor, and the cursor to go on from (?after=).',
    parameters: { after: z.string().optional() },
    answers: { 200: { summary: 'Marks, and the cursor to go on from.', body: OutsideMarks } },
  }),
]
