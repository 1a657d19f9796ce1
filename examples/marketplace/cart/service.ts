import { type Reader, service } from 'dure'
import { findMark, firstMark, type MarkEntry, pageOfMarks } from '../marks.ts'
import { CardVault } from './card-vault.ts'
import { CustomerCart } from './cart.ts'
import { Cart, type CartLine, type Repricing } from './contract.ts'
import { checkoutKey, refOf } from '../values.ts'
import { type OpenLine, repriceLine } from './pricing.ts'
import {
  CartMarks,
  priceMarkPrefix,
  Replica,
  type ReplicaDocument,
  replicaKey,
  Submissions,
} from './views.ts'

export const CartService = service(Cart, {
  aggregates: [CustomerCart],
  views: [Submissions, CartMarks, Replica],
  ports: [CardVault],
  queries: {
    cart: async ({ customerId }, { read, reject }) => {
      const cart = await read.state(CustomerCart, String(customerId))
      if (!cart?.exists) return reject.NotFound({})
      const lines = await repriceLines(read, cart.lines)
      const repriced = lines.flatMap((line, index) => repricingOf(line, cart.lines[index]))
      return {
        customerId,
        status: 'OPEN',
        lines: lines.map(bareLine),
        repriced,
        createdAtMs: cart.createdAtMs,
        updatedAtMs: cart.updatedAtMs,
      }
    },
    submitted: async (checkout, { read, reject }) =>
      (await read.get(Submissions, checkoutKey(checkout)))?.lines ?? reject.NotFound({}),
    replica: async (item, { read, reject }) => {
      const replica = await read.get(Replica, replicaKey(item))
      return replica?.kind === 'product' ? replica : reject.NotFound({})
    },
    mark: async (input, { read }) => {
      const [own, [price]] = await Promise.all([
        findMark(read, CartMarks, input),
        read.find(Replica, { transaction: input.transaction }, { limit: 1 }),
      ])
      return { first: firstMark([own.first, price && priceMark(price)]) }
    },
    marks: (page, { read }) => pageOfMarks(read, CartMarks, page),
    priceMarks: async ({ after, limit }, { read }) => {
      const page = { limit, after: `${priceMarkPrefix}${after}` }
      const found = await read.find(Replica, { kind: 'mark' }, page)
      return found.map(priceMark).filter((entry) => entry !== undefined)
    },
  },
})

function priceMark({ key, document }: Found): MarkEntry | undefined {
  if (document.kind !== 'mark') return undefined
  return { cursor: key.slice(priceMarkPrefix.length), mark: document }
}

interface Found {
  readonly key: string
  readonly document: ReplicaDocument
}

/** Lines at the prices that the replica knows, all from one snapshot of it. */
async function repriceLines(
  read: Reader,
  lines: readonly OpenLine[],
): Promise<readonly OpenLine[]> {
  const replicas = await Promise.all(lines.map((line) => read.get(Replica, replicaKey(line))))
  return lines.map((line, index) => {
    const replica = replicas[index]
    return replica?.kind === 'product' ? repriceLine(line, replica.changes) : line
  })
}

/** How a line changes from what it was; nothing when it does not. */
function repricingOf(line: OpenLine, before: OpenLine | undefined): Repricing[] {
  if (!before || before.change === line.change) return []
  const { unitPriceCents, voucherCents, change } = line
  return [{ ...refOf(line), unitPriceCents, voucherCents, change, of: before }]
}

function bareLine({ addedAtMs: _at, change: _change, ...line }: OpenLine): CartLine {
  return line
}
