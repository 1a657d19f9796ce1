import { type Reader, service } from 'dure'
import type { z } from 'zod'
import { findMark, pageOfMarks } from '../marks.ts'
import { type ItemRef, itemKey, refOf } from '../values.ts'
import { Stock, type StoredStock } from './contract.ts'
import { Refusal, StockItem } from './item.ts'
import { PaidUnitsLeave, VersionFollowsProduct } from './policies.ts'
import { StockList, StockMarks } from './views.ts'

/** The most items of one seller that are listed. */
const itemsListedMax = 10_000

export const StockService = service(Stock, {
  aggregates: [StockItem, Refusal],
  views: [StockList, StockMarks],
  policies: [VersionFollowsProduct, PaidUnitsLeave],
  queries: {
    item: async (item, { read, reject }) => (await readItem(read, item)) ?? reject.NotFound({}),
    itemsOf: async ({ sellerId }, { read, reject }) => {
      const listed = await read.find(StockList, { seller: sellerId }, { limit: itemsListedMax })
      const items = await Promise.all(listed.map(({ document }) => readItem(read, document)))
      const known = items.filter((item) => item !== undefined)
      return known.length > 0 ? known : reject.NotFound({})
    },
    page: async ({ after, limit }, { read }) => {
      const listed = await read.list(StockList, { limit, ...(after !== '' && { after }) })
      return listed.map(({ key, document }) => ({ cursor: key, item: document }))
    },
    mark: (input, { read }) => findMark(read, StockMarks, input),
    marks: (page, { read }) => pageOfMarks(read, StockMarks, page),
  },
})

async function readItem(
  read: Reader,
  ref: ItemRef,
): Promise<z.infer<typeof StoredStock> | undefined> {
  const state = await read.state(StockItem, itemKey(ref))
  if (!state?.exists) return undefined
  const { exists, reservations: _reservations, ...item } = state
  return { ...refOf(ref), ...item, active: exists }
}
