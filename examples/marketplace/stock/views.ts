import { view } from 'dure'
import { marksView, noteMark } from '../marks.ts'
import { ItemRef, sortable } from '../values.ts'
import { Stock } from './contract.ts'

/** Which items there are: the items themselves are replayed from their events. */
export const StockList = view('stock-list', {
  document: ItemRef,
  consistency: 'inline',
  indexes: { seller: ({ sellerId }) => sellerId },
}).on(Stock.StockRegistered, {
  key: ({ sellerId, productId }) => `${sortable(sellerId)}/${sortable(productId)}`,
  evolve: (_entry, { sellerId, productId }) => ({ sellerId, productId }),
})

/** Replacements end here, and checkouts that found nothing. */
export const StockMarks = marksView
  .on(
    Stock.VersionFollowed,
    noteMark(({ transaction, sellerId }) => ({
      transaction,
      type: 'UPDATE_PRODUCT',
      actorId: sellerId,
      status: 'SUCCESS',
    })),
  )
  .on(
    Stock.VersionUnmatched,
    noteMark(({ transaction, sellerId }) => ({
      transaction,
      type: 'UPDATE_PRODUCT',
      actorId: sellerId,
      status: 'ABORT',
    })),
  )
  .on(
    Stock.CheckoutRefused,
    noteMark(({ transaction, customerId }) => ({
      transaction,
      type: 'CUSTOMER_SESSION',
      actorId: customerId,
      status: 'NOT_ACCEPTED',
    })),
  )
