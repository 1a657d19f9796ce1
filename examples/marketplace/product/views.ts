import { view } from 'dure'
import { marksView, noteMark } from '../marks.ts'
import { ItemRef, sortable, Version } from '../values.ts'
import { Product } from './contract.ts'

/** Which products there are: the products themselves are the states of their aggregates. */
export const ProductList = view('product-list', {
  document: ItemRef.extend({ version: Version }),
  consistency: 'inline',
  indexes: { seller: ({ sellerId }) => sellerId },
})
  .on(Product.ProductRegistered, {
    key: listKey,
    evolve: (_entry, { sellerId, productId, version }) => ({ sellerId, productId, version }),
  })
  .on(Product.ProductReplaced, {
    key: ({ product }) => listKey(product),
    evolve: (_entry, { product: { sellerId, productId, version } }) => ({
      sellerId,
      productId,
      version,
    }),
  })
  .on(Product.ProductReset, {
    key: listKey,
    evolve: (_entry, { sellerId, productId }) => ({ sellerId, productId, version: '0' }),
  })

/** Updates of products that do not exist end here. */
export const ProductMarks = marksView.on(
  Product.UpdateRefused,
  noteMark(({ transaction, type, sellerId }) => ({
    transaction,
    type,
    actorId: sellerId,
    status: 'ERROR',
  })),
)

/** Sorts by number: product 9 before product 10. */
function listKey({ sellerId, productId }: ItemRef): string {
  return `${sortable(sellerId)}/${sortable(productId)}`
}
