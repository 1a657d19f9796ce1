import { aggregate } from 'dure'
import { Seller, type SellerRow } from './contract.ts'

interface SellerState {
  readonly row: SellerRow | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export const SellerRecord = aggregate(Seller, 'seller', {
  stored: 'state',
  key: ({ sellerId }) => String(sellerId),
  initial: (): SellerState => ({ row: null, createdAtMs: 0, updatedAtMs: 0 }),
  decide: {
    register: ({ row }, command) =>
      row && JSON.stringify(row) === JSON.stringify(command)
        ? []
        : Seller.SellerRegistered(command),
  },
  evolve: {
    SellerRegistered: (state, row, { atMs }) => ({
      row,
      createdAtMs: state.row ? state.createdAtMs : atMs,
      updatedAtMs: atMs,
    }),
  },
})
