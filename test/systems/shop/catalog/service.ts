import { aggregate, policy, service, view } from 'dure'
import * as z from 'zod'
import { Stock } from '../stock/contract.ts'
import { Catalog } from './contract.ts'

interface State {
  readonly isOffered: boolean
}

export const Product = aggregate(Catalog, 'product', {
  stored: 'state',
  key: (command) => command.productId,
  initial: (): State => ({ isOffered: false }),
  decide: {
    offer: (_, command) => Catalog.Offered(command),
    changePrice: (product, command, { reject }) =>
      product.isOffered ? Catalog.PriceChanged(command) : reject.NotOffered({}),
    hide: (product, command) => (product.isOffered ? Catalog.Hidden(command) : []),
  },
  evolve: {
    Offered: () => ({ isOffered: true }),
    Hidden: () => ({ isOffered: false }),
  },
})

const ProductDocument = z.object({ productId: z.string(), title: z.string(), cents: z.int() })

export const Products = view('products', { document: ProductDocument, consistency: 'inline' })
  .on(Catalog.Offered, { key: ({ productId }) => productId, evolve: (_, event) => event })
  .on(Catalog.PriceChanged, {
    key: ({ productId }) => productId,
    evolve: (product, { cents }) => product && { ...product, cents },
  })
  .on(Catalog.Hidden, { key: ({ productId }) => productId, evolve: () => undefined })

/** What is sold out is no longer shown. */
export const HideWhatIsSoldOut = policy('hide-what-is-sold-out').on(Stock.SoldOut, (event) =>
  Catalog.hide({ productId: event.productId }),
)

export default service(Catalog, {
  aggregates: [Product],
  views: [Products],
  policies: [HideWhatIsSoldOut],
  queries: {
    async product({ productId }, { read, reject }) {
      return (await read.get(Products, productId)) ?? reject.NotFound({})
    },
  },
})
