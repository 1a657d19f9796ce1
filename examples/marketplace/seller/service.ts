import { service } from 'dure'
import { readPages } from '../pages.ts'
import { Seller } from './contract.ts'
import { entriesOf, summaryOf } from './dashboard.ts'
import { SellerRecord } from './seller.ts'
import { OpenOrders } from './views.ts'

export const SellerService = service(Seller, {
  aggregates: [SellerRecord],
  views: [OpenOrders],
  queries: {
    seller: async ({ sellerId }, { read, reject }) => {
      const state = await read.state(SellerRecord, String(sellerId))
      if (!state?.row) return reject.NotFound({})
      return { ...state.row, createdAtMs: state.createdAtMs, updatedAtMs: state.updatedAtMs }
    },
    dashboard: async ({ sellerId }, { read, reject }) => {
      const [state, parts] = await Promise.all([
        read.state(SellerRecord, String(sellerId)),
        readPages((page) => read.find(OpenOrders, { seller: sellerId }, page)),
      ])
      if (!state && parts.length === 0) return reject.NotFound({})
      const entries = entriesOf(parts)
      return { summary: summaryOf(entries), entries }
    },
  },
})
