import { composed, type RouteCalls, type RouteRequest, type RouteResponse, route } from 'dure'
import { z } from 'zod'
import { Product, type ProductRow, type StoredProduct } from '../product/contract.ts'
import {
  fromBody,
  Money,
  OutsideId,
  OutsideText,
  refusal,
  Tid,
  tolerant,
  toCents,
  toMoney,
  toTime,
} from './outside.ts'
import { OutsideProduct, Transacted, usedTid } from './answers.ts'
import { transactionOf } from './transactions.ts'

const ProductBody = z.object({
  seller_id: OutsideId,
  product_id: OutsideId,
  name: OutsideText,
  sku: OutsideText,
  category: OutsideText,
  description: z.string().max(10_000).default(''),
  price: Money,
  freight_value: Money.default(0),
  status: z.string().max(1_000).default('approved'),
  version: z.string().min(1).max(100).default('0'),
})
const ReplacementBody = ProductBody.extend({ version: Tid })
const PriceBody = z.object({
  sellerId: OutsideId,
  productId: OutsideId,
  price: Money,
  version: z.string().min(1).max(100),
  instanceId: Tid,
})

function rowOf(body: z.infer<typeof ProductBody>): ProductRow {
  return {
    sellerId: body.seller_id,
    productId: body.product_id,
    name: body.name,
    sku: body.sku,
    category: body.category,
    description: body.description,
    priceCents: toCents(body.price),
    freightCents: toCents(body.freight_value),
    status: body.status,
    version: body.version,
  }
}

/** Reads a row of products as an ingestion sends it. */
export function readProductRow(row: unknown): ProductRow {
  return rowOf(ProductBody.parse(row))
}

function bodyOf(product: z.infer<typeof StoredProduct>): object {
  return {
    seller_id: product.sellerId,
    product_id: product.productId,
    name: product.name,
    sku: product.sku,
    category: product.category,
    description: product.description,
    price: toMoney(product.priceCents),
    freight_value: toMoney(product.freightCents),
    status: product.status,
    version: product.version,
    active: product.active,
    created_at: toTime(product.createdAtMs),
    updated_at: toTime(product.updatedAtMs),
  }
}

const unknownProduct = refusal(404, 'NotFound', 'There is no such product.')

/** A replacement is known by its new version. */
async function replace({ body }: RouteRequest, calls: RouteCalls): Promise<RouteResponse> {
  // Why the cast: the server puts the checked body in the place of the received one.
  const product = rowOf(body as z.infer<typeof ReplacementBody>)
  const transaction = transactionOf(product.version, calls)
  const answer = await calls.command(Product.replace({ product, transaction }), {
    id: `replace/${product.sellerId}/${product.productId}/${transaction}`,
  })
  if (!answer.ok || !answer.output.found) return unknownProduct
  return { status: 202, body: { version: product.version } }
}

async function reprice({ body }: RouteRequest, calls: RouteCalls): Promise<RouteResponse> {
  // Why the cast: as above.
  const update = body as z.infer<typeof PriceBody>
  const { sellerId, productId, version, instanceId } = update
  const transaction = transactionOf(instanceId, calls)
  const price = { sellerId, productId, priceCents: toCents(update.price), version, transaction }
  const answer = await calls.command(Product.reprice(price), {
    id: `reprice/${sellerId}/${productId}/${transaction}`,
  })
  if (!answer.ok || !answer.output.found) return unknownProduct
  return { status: 202, body: { instanceId } }
}

const updated = { 404: { summary: 'There is no such product.' }, ...usedTid }

export const productRoutes = [
  route('POST /product', Product.register, { ...fromBody(ProductBody, rowOf), status: 201 }),
  composed('PUT /product', replace, {
    body: tolerant(ReplacementBody),
    answers: {
      202: { summary: 'It is replaced.', body: z.object({ version: z.string() }) },
      ...updated,
    },
    keyless: 'its version names the transaction',
    summary: 'Replaces a product by its next version, which names the transaction.',
  }),
  composed('PATCH /product', reprice, {
    body: tolerant(PriceBody),
    answers: { 202: { summary: 'The price is changed.', body: Transacted }, ...updated },
    keyless: 'its instanceId names the transaction',
    summary: 'Changes the price of one version of a product.',
  }),
  route('GET /product/{sellerId}', Product.productsOf, {
    answers: { 200: { summary: 'The products.', body: z.array(OutsideProduct) } },
    reply: (products) => products.map(bodyOf),
  }),
  route('GET /product/{sellerId}/{productId}', Product.product, {
    answers: { 200: { summary: 'The product.', body: OutsideProduct } },
    reply: bodyOf,
  }),
]
