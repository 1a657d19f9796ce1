import type { RunningSystem } from 'dure'
import { Cart } from './cart/contract.ts'
import { type Mark, marksPageMax } from './marks.ts'
import { Order } from './order/contract.ts'
import { Payment } from './payment/contract.ts'
import { Shipment } from './shipment/contract.ts'
import { Stock } from './stock/contract.ts'
import { sortable } from './values.ts'

const feeds = [
  Shipment.marks,
  Stock.marks,
  Payment.marks,
  Order.marks,
  Cart.marks,
  Cart.priceMarks,
] as const

type Source = Pick<RunningSystem, 'query' | 'parked'>

/** Tells what has happened since it was asked last, in one line. */
export interface Activity {
  describe(latenciesMs: readonly number[]): Promise<string>
}

/** Watches the transactions that end from `nowMs` on, whoever began them. */
export function watchActivity(source: Source, nowMs: number): Activity {
  const cursors = new Map<number, string>()

  async function readFeed(feed: number): Promise<readonly Mark[]> {
    const marks: Mark[] = []
    const query = feeds[feed]
    if (!query) return marks
    for (let hasMore = true; hasMore; ) {
      const after = cursors.get(feed) ?? sortable(nowMs)
      const answer = await source.query(query({ after, limit: marksPageMax }))
      // Why the cast: the answer has the type that the query declares.
      const page = answer.ok ? (answer.output as readonly { cursor: string; mark: Mark }[]) : []
      marks.push(...page.map(({ mark }) => mark))
      const last = page.at(-1)
      if (last) cursors.set(feed, last.cursor)
      hasMore = page.length === marksPageMax
    }
    return marks
  }

  return {
    async describe(latenciesMs) {
      const pages = await Promise.all(feeds.map((_feed, index) => readFeed(index)))
      const marks = pages.flat()
      const count = (type: Mark['type'], isGood: boolean): number =>
        marks.filter((mark) => mark.type === type && (mark.status === 'SUCCESS') === isGood).length
      const parked = await source.parked()
      return [
        `${count('CUSTOMER_SESSION', true)} checkouts`,
        `${count('CUSTOMER_SESSION', false)} not accepted`,
        `p50 ${renderMs(median(latenciesMs))}`,
        `${count('UPDATE_DELIVERY', true)} deliveries`,
        `${count('PRICE_UPDATE', true)} prices`,
        `${count('UPDATE_PRODUCT', true)} replacements`,
        `${parked.length} parked`,
      ].join(', ')
    },
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]
}

function renderMs(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(0)} ms`
}
