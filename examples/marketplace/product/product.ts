import { aggregate } from 'dure'
import { itemKey, ownerOf, refOf } from '../values.ts'
import { Product, type ProductRow } from './contract.ts'

interface ProductState {
  readonly row: ProductRow | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** One product of one seller. */
export const ProductItem = aggregate(Product, 'product', {
  stored: 'state',
  key: (command) => itemKey('product' in command ? command.product : command),
  // Nobody sees a later update of a seller and misses an earlier one.
  partitionKey: ownerOf,
  initial: (): ProductState => ({ row: null, createdAtMs: 0, updatedAtMs: 0 }),
  decide: {
    register: ({ row }, command) =>
      row && isSame(row, command) ? [] : Product.ProductRegistered(command),
    replace: ({ row }, { product, transaction }, { reply }) =>
      row
        ? reply({ found: true }, Product.ProductReplaced({ product, transaction }))
        : reply(
            { found: false },
            Product.UpdateRefused({ ...refOf(product), type: 'UPDATE_PRODUCT', transaction }),
          ),
    reprice: ({ row }, command, { reply }) =>
      row
        ? reply(
            { found: true },
            Product.PriceUpdated({ ...command, applied: row.version === command.version }),
          )
        : reply(
            { found: false },
            Product.UpdateRefused({
              ...refOf(command),
              type: 'PRICE_UPDATE',
              transaction: command.transaction,
            }),
          ),
    reset: ({ row }, command) =>
      row === null || row.version === '0' ? [] : Product.ProductReset(command),
  },
  evolve: {
    ProductRegistered: (state, row, { atMs }) => stateWith(state, row, atMs),
    ProductReplaced: (state, { product }, { atMs }) => stateWith(state, product, atMs),
    PriceUpdated: (state, { applied, priceCents }, { atMs }) =>
      state.row && applied ? stateWith(state, { ...state.row, priceCents }, atMs) : state,
    ProductReset: (state, _event, { atMs }) =>
      state.row ? stateWith(state, { ...state.row, version: '0' }, atMs) : state,
  },
})

function stateWith(state: ProductState, row: ProductRow, atMs: number): ProductState {
  return { row, createdAtMs: state.row ? state.createdAtMs : atMs, updatedAtMs: atMs }
}

function isSame(one: ProductRow, other: ProductRow): boolean {
  return (
    one.name === other.name &&
    one.sku === other.sku &&
    one.category === other.category &&
    one.description === other.description &&
    one.priceCents === other.priceCents &&
    one.freightCents === other.freightCents &&
    one.status === other.status &&
    one.version === other.version
  )
}
