import { policy } from 'dure'
import { Payment } from '../payment/contract.ts'
import { Product } from '../product/contract.ts'
import { Stock } from './contract.ts'

/** A stock item refers to a live version of its product. */
export const VersionFollowsProduct = policy('version-follows-product').on(
  Product.ProductReplaced,
  ({ product: { sellerId, productId, version }, transaction }) =>
    Stock.follow({ sellerId, productId, version, transaction }),
)

/** Paid units leave the stock. */
export const PaidUnitsLeave = policy('paid-units-leave').on(
  Payment.PaymentConfirmed,
  ({ lines, customerId, transaction }) =>
    lines.map(({ sellerId, productId }) =>
      Stock.confirm({ sellerId, productId, customerId, transaction }),
    ),
)
