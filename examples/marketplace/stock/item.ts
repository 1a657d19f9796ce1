import { aggregate } from 'dure'
import { checkoutKey, type CheckoutRef, itemKey, refOf } from '../values.ts'
import { defaultInventory, Stock, type StockRow } from './contract.ts'

/** The most units of one item. */
const unitsMax = 2_147_483_647

interface ItemState {
  readonly exists: boolean
  readonly available: number
  readonly reserved: number
  readonly orderCount: number
  readonly ytd: number
  readonly data: string
  readonly version: string
  /** Units kept back, by customer and transaction: what is confirmed or released twice, or never reserved, changes nothing. */
  readonly reservations: Readonly<Record<string, number>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

const unknownItem: ItemState = {
  exists: false,
  available: 0,
  reserved: 0,
  orderCount: 0,
  ytd: 0,
  data: '',
  version: '',
  reservations: {},
  createdAtMs: 0,
  updatedAtMs: 0,
}

/** One product in the stock of its seller. A stock item may be there before its product. */
export const StockItem = aggregate(Stock, 'item', {
  key: itemKey,
  initial: () => unknownItem,
  decide: {
    register: (item, command) => (isSame(item, command) ? [] : Stock.StockRegistered(command)),
    increase: (item, command, { reject }) => {
      if (!item.exists) return reject.NotFound({})
      if (item.available + command.quantity > unitsMax) return reject.TooMany({})
      return Stock.StockIncreased(command)
    },
    reserve: (item, { version, ...wanted }, { reject }) => {
      if (unitsOf(item, wanted) !== undefined) return []
      if (!item.exists || item.version !== version) return reject.Unavailable({})
      if (item.available < item.reserved + wanted.quantity) {
        return reject.OutOfStock({ available: item.available - item.reserved })
      }
      return Stock.StockReserved(wanted)
    },
    confirm: (item, command) => {
      const quantity = unitsOf(item, command)
      return quantity === undefined ? [] : Stock.StockConfirmed({ ...command, quantity })
    },
    release: (item, command) => {
      const quantity = unitsOf(item, command)
      return quantity === undefined ? [] : Stock.StockReleased({ ...command, quantity })
    },
    follow: (item, command) =>
      item.exists ? Stock.VersionFollowed(command) : Stock.VersionUnmatched(command),
    reset: (item, command) =>
      item.exists && !isPristine(item)
        ? Stock.StockReset({ ...refOf(command), available: defaultInventory })
        : [],
  },
  evolve: {
    StockRegistered: (item, row, { atMs }) => ({
      ...item,
      exists: true,
      available: row.available,
      reserved: row.reserved + unitsReserved(item),
      orderCount: row.orderCount,
      ytd: row.ytd,
      data: row.data,
      version: row.version,
      createdAtMs: item.exists ? item.createdAtMs : atMs,
      updatedAtMs: atMs,
    }),
    StockIncreased: (item, { quantity }, { atMs }) => ({
      ...item,
      available: item.available + quantity,
      updatedAtMs: atMs,
    }),
    StockReserved: (item, { quantity, ...checkout }, { atMs }) => ({
      ...item,
      reserved: item.reserved + quantity,
      reservations: { ...item.reservations, [checkoutKey(checkout)]: quantity },
      updatedAtMs: atMs,
    }),
    StockConfirmed: (item, { quantity, ...checkout }, { atMs }) => ({
      ...item,
      available: item.available - quantity,
      reserved: item.reserved - quantity,
      orderCount: item.orderCount + 1,
      reservations: without(item.reservations, checkout),
      updatedAtMs: atMs,
    }),
    StockReleased: (item, { quantity, ...checkout }, { atMs }) => ({
      ...item,
      reserved: item.reserved - quantity,
      reservations: without(item.reservations, checkout),
      updatedAtMs: atMs,
    }),
    VersionFollowed: (item, { version }, { atMs }) => ({ ...item, version, updatedAtMs: atMs }),
    StockReset: (item, { available }, { atMs }) => ({
      ...item,
      available,
      reserved: 0,
      orderCount: 0,
      version: '0',
      reservations: {},
      updatedAtMs: atMs,
    }),
  },
})

/** Keeps nothing but the fact that a checkout found nothing: its only work is to end the transaction. */
export const Refusal = aggregate(Stock, 'refusal', {
  stored: 'state',
  key: checkoutKey,
  initial: () => ({ refused: false }),
  decide: {
    refuseCheckout: ({ refused }, command) => (refused ? [] : Stock.CheckoutRefused(command)),
  },
  evolve: { CheckoutRefused: () => ({ refused: true }) },
})

function unitsOf({ reservations }: ItemState, checkout: CheckoutRef): number | undefined {
  return reservations[checkoutKey(checkout)]
}

function unitsReserved(item: ItemState): number {
  return Object.values(item.reservations).reduce((sum, quantity) => sum + quantity, 0)
}

function without(
  reservations: ItemState['reservations'],
  checkout: CheckoutRef,
): ItemState['reservations'] {
  const { [checkoutKey(checkout)]: _gone, ...rest } = reservations
  return rest
}

function isSame(item: ItemState, row: StockRow): boolean {
  return (
    item.exists &&
    item.available === row.available &&
    item.reserved === row.reserved &&
    item.orderCount === row.orderCount &&
    item.ytd === row.ytd &&
    item.data === row.data &&
    item.version === row.version
  )
}

function isPristine({ available, reserved, orderCount, version }: ItemState): boolean {
  return available === defaultInventory && reserved === 0 && orderCount === 0 && version === '0'
}
