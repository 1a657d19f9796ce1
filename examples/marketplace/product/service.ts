import { type Reader, service } from 'dure'
import type { z } from 'zod'
import { findMark, pageOfMarks } from '../marks.ts'
import { type ItemRef, itemKey } from '../values.ts'
import { Product, type StoredProduct } from './contract.ts'
import { ProductItem } from './product.ts'
import { ProductList, ProductMarks } from './views.ts'

/** The most products of one seller that are listed. */
const productsListedMax = 10_000

export const ProductService = service(Product, {
  aggregates: [ProductItem],
  views: [ProductList, ProductMarks],
  queries: {
    product: async (item, { read, reject }) =>
      (await readProduct(read, item)) ?? reject.NotFound({}),
    productsOf: async ({ sellerId }, { read, reject }) => {
      const listed = await read.find(
        ProductList,
        { seller: sellerId },
        { limit: productsListedMax },
      )
      const products = await Promise.all(listed.map(({ document }) => readProduct(read, document)))
      const known = products.filter((product) => product !== undefined)
      return known.length > 0 ? known : reject.NotFound({})
    },
    page: async ({ after, limit }, { read }) => {
      const listed = await read.list(ProductList, { limit, ...(after !== '' && { after }) })
      return listed.map(({ key, document: { sellerId, productId, version } }) => ({
        cursor: key,
        item: { sellerId, productId },
        version,
      }))
    },
    mark: (input, { read }) => findMark(read, ProductMarks, input),
    marks: (page, { read }) => pageOfMarks(read, ProductMarks, page),
  },
})

async function readProduct(
  read: Reader,
  item: ItemRef,
): Promise<z.infer<typeof StoredProduct> | undefined> {
  const state = await read.state(ProductItem, itemKey(item))
  if (!state?.row) return undefined
  const { row, createdAtMs, updatedAtMs } = state
  return { ...row, active: true, createdAtMs, updatedAtMs }
}
