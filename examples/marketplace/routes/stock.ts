import { route } from 'dure'
import { z } from 'zod'
import { Stock, type StockRow, type StoredStock } from '../stock/contract.ts'
import { Units } from '../values.ts'
import { OutsideStock } from './answers.ts'
import { fromBody, OutsideId, OutsideText, toTime } from './outside.ts'

const StockBody = z.object({
  seller_id: OutsideId,
  product_id: OutsideId,
  qty_available: Units,
  qty_reserved: Units.default(0),
  order_count: Units.default(0),
  ytd: Units.default(0),
  data: OutsideText,
  version: z.string().min(1).max(100).default('0'),
})
const IncreaseBody = z.object({
  seller_id: OutsideId,
  product_id: OutsideId,
  quantity: Units.min(1),
})

function rowOf(body: z.infer<typeof StockBody>): StockRow {
  return {
    sellerId: body.seller_id,
    productId: body.product_id,
    available: body.qty_available,
    reserved: body.qty_reserved,
    orderCount: body.order_count,
    ytd: body.ytd,
    data: body.data,
    version: body.version,
  }
}

/** Reads a row of stock items as an ingestion sends it. */
export function readStockRow(row: unknown): StockRow {
  return rowOf(StockBody.parse(row))
}

function bodyOf(item: z.infer<typeof StoredStock>): object {
  return {
    seller_id: item.sellerId,
    product_id: item.productId,
    qty_available: item.available,
    qty_reserved: item.reserved,
    order_count: item.orderCount,
    ytd: item.ytd,
    data: item.data,
    version: item.version,
    active: item.active,
    created_at: toTime(item.createdAtMs),
    updated_at: toTime(item.updatedAtMs),
  }
}

export const stockRoutes = [
  route('POST /stock', Stock.register, {
    ...fromBody(StockBody, rowOf),
    status: 201,
  }),
  route('PATCH /stock', Stock.increase, {
    ...fromBody(IncreaseBody, (body) => ({
      sellerId: body.seller_id,
      productId: body.product_id,
      quantity: body.quantity,
    })),
  }),
  route('GET /stock/{sellerId}', Stock.itemsOf, {
    answers: { 200: { summary: 'The stock items.', body: z.array(OutsideStock) } },
    reply: (items) => items.map(bodyOf),
  }),
  route('GET /stock/{sellerId}/{productId}', Stock.item, {
    answers: { 200: { summary: 'The stock item.', body: OutsideStock } },
    reply: bodyOf,
  }),
]
