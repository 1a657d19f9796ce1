import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { Order, type OrderedLine } from './contract.ts'
import { CustomerOrders } from './customer-orders.ts'
import { OrderItem } from './order.ts'
import { priceLine, totalsOf } from './totals.ts'

const lines: OrderedLine[] = [
  line({ productId: 1, unitPriceCents: 1_000, quantity: 3, freightCents: 150, voucherCents: 0 }),
  line({ productId: 2, unitPriceCents: 725, quantity: 2, freightCents: 200, voucherCents: 145 }),
  line({ sellerId: 2, unitPriceCents: 400, quantity: 1, freightCents: 50, voucherCents: 40 }),
]

function line(values: Partial<OrderedLine>): OrderedLine {
  const zeros = { unitPriceCents: 0, freightCents: 0, quantity: 1, voucherCents: 0 }
  return { sellerId: 1, productId: 1, productName: '', ...zeros, ...values }
}

const step = { customerId: 1, orderId: 1, sellers: [1, 2], atMs: 500 }
const names = (decided: { readonly events: readonly { readonly type: string }[] }): string[] =>
  decided.events.map(({ type }) => type.replace('order.', ''))

describe('the totals of an order', () => {
  it('add up: gross, voucher, net, freight once for each line', () => {
    assert.deepEqual(totalsOf(lines.map(priceLine)), {
      itemsCents: 4_850,
      incentiveCents: 185,
      amountCents: 4_665,
      freightCents: 400,
      invoiceCents: 5_065,
    })
  })

  it('never take off more than a line costs', () => {
    const priced = priceLine(line({ unitPriceCents: 100, quantity: 2, voucherCents: 900 }))

    assert.partialDeepStrictEqual(priced, { grossCents: 200, discountCents: 200, netCents: 0 })
  })
})

describe('the orders of a customer', () => {
  const create = Order.create({ transaction: 't', customerId: 1, lines })

  it('are numbered from one, with an invoice number of customer, day and order', () => {
    const atMs = Date.UTC(2026, 0, 31, 23, 59)

    const first = given(CustomerOrders).when(create, { atMs })
    const invoiced = Order.InvoiceIssued({
      transaction: 's',
      customerId: 1,
      orderId: 1,
      invoiceNumber: '1-20260131-1',
      issuedAtMs: atMs,
      lines: lines.map(priceLine),
      totals: totalsOf(lines.map(priceLine)),
    })
    const second = given(CustomerOrders, invoiced).when(create, { atMs })

    assert.deepEqual(first.output, {
      orderId: 1,
      invoiceNumber: '1-20260131-1',
      totalInvoiceCents: 5_065,
    })
    assert.partialDeepStrictEqual(second.output, { orderId: 2 })
  })

  it('lose no number to a checkout that was given up', () => {
    const { state, events } = given(CustomerOrders).when(
      Order.abort({ transaction: 't', customerId: 1 }),
    )

    assert.equal(events[0]?.type, 'order.CheckoutAborted')
    assert.deepEqual(state, { count: 0 })
  })
})

describe('an order', () => {
  const paid = Order.PaymentProcessed(step)
  const ready = Order.ReadyForShipment(step)
  const transit = Order.InTransit(step)
  const arrive = (sellerId: number, concluded: boolean) =>
    Order.arrive({ ...step, sellerId, concluded })

  it('walks from payment to shipment', () => {
    const { state } = given(OrderItem, paid).when(Order.markReady(step))

    assert.partialDeepStrictEqual(state, {
      status: 'READY_FOR_SHIPMENT',
      paidAtMs: 500,
      history: [{ status: 'PAYMENT_PROCESSED' }, { status: 'READY_FOR_SHIPMENT' }],
    })
  })

  it('records what later news imply', () => {
    assert.deepEqual(names(given(OrderItem).when(Order.markReady(step))), [
      'PaymentProcessed',
      'ReadyForShipment',
    ])
    assert.deepEqual(names(given(OrderItem).when(arrive(1, true))), [
      'PaymentProcessed',
      'ReadyForShipment',
      'InTransit',
      'PartDelivered',
      'Delivered',
    ])
  })

  it('never goes back and never repeats itself', () => {
    assert.deepEqual(names(given(OrderItem, paid, ready).when(Order.markPaid(step))), [])
    assert.deepEqual(names(given(OrderItem, paid, ready).when(Order.markReady(step))), [])
    assert.deepEqual(
      names(given(OrderItem, paid, ready, transit, Order.Delivered(step)).when(arrive(2, true))),
      [],
    )
  })

  it('is in transit with its first delivery and delivered with its last', () => {
    assert.deepEqual(names(given(OrderItem, paid, ready).when(arrive(1, false))), [
      'InTransit',
      'PartDelivered',
    ])
    assert.deepEqual(names(given(OrderItem, paid, ready, transit).when(arrive(2, true))), [
      'PartDelivered',
      'Delivered',
    ])
  })

  it('fails only before it is paid, and then stays failed', () => {
    const fail = Order.fail({ customerId: 1, orderId: 1, sellers: [1] })
    const failed = Order.OrderFailed(step)

    assert.partialDeepStrictEqual(given(OrderItem).when(fail).state, { status: 'PAYMENT_FAILED' })
    assert.deepEqual(names(given(OrderItem, paid).when(fail)), [])
    assert.deepEqual(names(given(OrderItem, failed).when(Order.markReady(step))), [])
    assert.deepEqual(names(given(OrderItem, failed).when(arrive(1, true))), [])
  })

  it('has a history whose times never go back', () => {
    const { state } = given(OrderItem, paid, ready).when(arrive(1, false), { atMs: 0 })

    const history = (state as { history: { atMs: number }[] }).history.map(({ atMs }) => atMs)
    assert.deepEqual(history, [1, 2, 2])
  })
})
