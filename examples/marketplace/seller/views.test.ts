import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Order } from '../order/contract.ts'
import { documentsAfter } from '../testing/documents.ts'
import { entriesOf, summaryOf } from './dashboard.ts'
import { OpenOrders, type OpenPart } from './views.ts'

const lines = [
  [1, 1],
  [2, 1],
  [1, 2],
].map(([sellerId = 0, productId = 0]) => ({
  sellerId,
  productId,
  productName: '',
  unitPriceCents: 500,
  freightCents: 50,
  quantity: 2,
  voucherCents: 100,
  grossCents: 1_000,
  discountCents: 100,
  netCents: 900,
}))
const totals = {
  itemsCents: 3_000,
  incentiveCents: 300,
  amountCents: 2_700,
  freightCents: 150,
  invoiceCents: 2_850,
}
const order = { customerId: 1, orderId: 4 }
const invoiced = Order.InvoiceIssued({
  ...order,
  transaction: 't',
  invoiceNumber: '1-1-4',
  issuedAtMs: 0,
  totals,
  lines,
})
const step = { ...order, sellers: [1, 2], atMs: 50 }

function partsAfter(...events: Parameters<typeof documentsAfter>[1][]): readonly OpenPart[] {
  return [...documentsAfter(OpenOrders, ...events).values()] as OpenPart[]
}

describe("a seller's open orders", () => {
  it('hold its own lines, with the numbers of their packages', () => {
    const parts = partsAfter(invoiced)

    assert.deepEqual(
      parts.map(({ sellerId, lines }) => [sellerId, lines.map(({ packageId }) => packageId)]),
      [
        [1, [1, 3]],
        [2, [2]],
      ],
    )
  })

  it('follow the order on its way, and leave at its end', () => {
    const paid = Order.PaymentProcessed(step)
    const ready = Order.ReadyForShipment(step)
    const arrived = Order.PartDelivered({ ...order, sellerId: 2, atMs: 60 })

    const onTheirWay = partsAfter(invoiced, paid, ready, Order.InTransit(step), arrived)

    assert.deepEqual(
      onTheirWay.map(({ status, shippedAtMs, deliveredAtMs }) => [
        status,
        shippedAtMs,
        deliveredAtMs,
      ]),
      [
        ['IN_TRANSIT', 50, undefined],
        ['IN_TRANSIT', 50, 60],
      ],
    )
    assert.deepEqual(partsAfter(invoiced, paid, ready, Order.Delivered(step)), [])
    assert.deepEqual(partsAfter(invoiced, Order.OrderFailed(step)), [])
  })

  it('never come back when news of them are late', () => {
    const late = Order.PartDelivered({ ...order, sellerId: 2, atMs: 60 })

    assert.deepEqual(partsAfter(invoiced, Order.Delivered(step), late), [])
  })

  it('add up to the dashboard', () => {
    const entries = entriesOf(partsAfter(invoiced).filter(({ sellerId }) => sellerId === 1))

    assert.deepEqual(summaryOf(entries), {
      orders: 1,
      items: 2,
      itemsCents: 2_000,
      amountCents: 1_800,
      incentiveCents: 200,
      freightCents: 100,
      invoiceCents: 1_900,
    })
  })
})
