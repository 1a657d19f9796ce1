import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import { AtMs, Id, ItemRef, Quantity, Text, Transaction, Units, Version } from '../values.ts'

/** What a seller has of a product. */
export const StockRow = z.object({
  sellerId: Id,
  productId: Id,
  available: Units,
  reserved: Units,
  orderCount: Units,
  ytd: Units,
  data: Text,
  version: Version,
})
export type StockRow = z.infer<typeof StockRow>

export const StoredStock = StockRow.extend({
  active: z.boolean(),
  createdAtMs: AtMs,
  updatedAtMs: AtMs,
})

/** How many units every item has after a reset. */
export const defaultInventory = 10_000

/** Customers choose the names of their checkouts: what one of them reserves is not what another one of that name does. */
const Reservation = ItemRef.extend({ customerId: Id, transaction: Transaction })
const Moved = Reservation.extend({ quantity: Quantity })

export const Stock = contract('stock', {
  commands: {
    register: { input: StockRow, summary: 'Creates or overwrites a stock item.' },
    increase: {
      input: ItemRef.extend({ quantity: Units.min(1) }),
      rejects: { NotFound: z.object({}), TooMany: z.object({}) },
      summary: 'Adds units.',
    },
    reserve: {
      input: Moved.extend({ version: Version }),
      rejects: {
        Unavailable: z.object({}),
        OutOfStock: z.object({ available: z.int() }),
      },
      summary: 'Keeps units back for a checkout.',
    },
    confirm: { input: Reservation, summary: 'Takes reserved units out of the stock.' },
    release: { input: Reservation, summary: 'Gives reserved units back.' },
    follow: {
      input: ItemRef.extend({ version: Version, transaction: Transaction }),
      summary: 'Follows the product to its new version.',
    },
    reset: { input: ItemRef, summary: 'Puts an item back to its default inventory.' },
    refuseCheckout: {
      input: z.object({ transaction: Transaction, customerId: Id }),
      summary: 'Notes that nothing could be reserved for a checkout.',
    },
  },
  events: {
    StockRegistered: StockRow,
    StockIncreased: ItemRef.extend({ quantity: Units }),
    StockReserved: Moved,
    StockConfirmed: Moved,
    StockReleased: Moved,
    VersionFollowed: ItemRef.extend({ version: Version, transaction: Transaction }),
    VersionUnmatched: ItemRef.extend({ version: Version, transaction: Transaction }),
    StockReset: ItemRef.extend({ available: Units }),
    CheckoutRefused: z.object({ transaction: Transaction, customerId: Id }),
  },
  queries: {
    item: {
      input: ItemRef,
      output: StoredStock,
      rejects: { NotFound: z.object({}) },
      summary: 'A stock item.',
    },
    itemsOf: {
      input: z.object({ sellerId: Id }),
      output: z.array(StoredStock),
      rejects: { NotFound: z.object({}) },
      summary: 'The stock items of a seller.',
    },
    page: {
      input: z.object({ after: z.string().max(200), limit: z.int().min(1).max(1_000) }),
      output: z.array(z.object({ cursor: z.string(), item: ItemRef })),
      summary: 'All stock items, page by page.',
    },
    ...markQueries,
  },
})
