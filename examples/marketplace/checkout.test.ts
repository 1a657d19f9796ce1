import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Command, SagaFailure } from 'dure'
import { Checkout } from './checkout.ts'

const line = {
  productName: '',
  unitPriceCents: 1_000,
  freightCents: 100,
  quantity: 2,
  voucherCents: 5_000,
  version: '0',
}
const [lamp, chair] = [
  { ...line, sellerId: 1, productId: 1 },
  { ...line, sellerId: 2, productId: 1 },
]
const input = {
  customerId: 7,
  transaction: 'e/t',
  address: {},
  payment: { type: 'BOLETO', installments: 1 },
  lines: [lamp, chair],
}
const reserved = [
  { ok: false, item: lamp, rejected: 'OutOfStock' },
  { ok: true, item: chair },
]

/** The command that a step of the saga orders. */
function commandOf(name: string, context: object, part: 'run' | 'undo' = 'run'): Command {
  const node = Checkout.nodes.find((each) => each.name === name)
  assert.ok(node?.node === 'step' || node?.node === 'each')
  const make = node[part]
  assert.ok(make)
  return make({ input, reserved, ...context })
}

function noticeOf(failure: SagaFailure): Command | undefined {
  return Checkout.notice?.({ input, failure })
}

describe('the checkout', () => {
  it('reserves, orders and pays, and only then ships', () => {
    const names = Checkout.nodes.map(({ name }) => name)

    assert.deepEqual(names, [
      'reserved',
      'something-reserved',
      'order',
      'payment',
      'paid',
      'shipment',
      'ready',
    ])
    const pivots = Checkout.nodes.filter((node) => node.node === 'step' && node.pivot)
    assert.deepEqual(
      pivots.map(({ name }) => name),
      ['payment'],
    )
  })

  it('orders what was reserved, and leaves out the rest', () => {
    const { type, data } = commandOf('order', {})

    assert.equal(type, 'order.create')
    assert.deepEqual(data, { customerId: 7, transaction: 'e/t', lines: [chair] })
  })

  it('goes on only when something was reserved', () => {
    const node = Checkout.nodes.find(({ name }) => name === 'something-reserved')

    assert.ok(node?.node === 'ensure')
    assert.equal(node.test({ input, reserved }), true)
    assert.equal(node.test({ input, reserved: reserved.slice(0, 1) }), false)
  })

  it('pays with vouchers that take off no more than their lines cost', () => {
    const order = { orderId: 3, invoiceNumber: '7-1-3', totalInvoiceCents: 100 }

    const { data } = commandOf('payment', { order })

    assert.partialDeepStrictEqual(data, {
      orderId: 3,
      lines: [{ sellerId: 2, productId: 1, quantity: 2, discountCents: 2_000 }],
    })
  })

  it('undoes a reservation and an order', () => {
    const release = commandOf('reserved', { item: chair }, 'undo')
    const fail = commandOf('order', { result: { orderId: 3 } }, 'undo')

    assert.deepEqual(
      [release.type, release.data],
      ['stock.release', { sellerId: 2, productId: 1, customerId: 7, transaction: 'e/t' }],
    )
    assert.deepEqual(
      [fail.type, fail.data],
      ['order.fail', { customerId: 7, orderId: 3, sellers: [2] }],
    )
  })

  it('is ended by the service at which it failed', () => {
    const bill = {
      transaction: 'e/t',
      customerId: 7,
      orderId: 3,
      totalInvoiceCents: 100,
      type: 'CREDIT_CARD',
      installments: 2,
    }

    const nothing = noticeOf({ step: 'something-reserved', rejected: 'NotEnsured', data: null })
    const declined = noticeOf({ step: 'payment', rejected: 'Declined', data: bill })
    const late = noticeOf({ step: 'deadline', rejected: 'DeadlineExceeded', data: null })

    assert.deepEqual(
      [nothing?.type, declined?.type, late?.type],
      ['stock.refuseCheckout', 'payment.refuse', 'order.abort'],
    )
    assert.deepEqual(declined?.data, bill)
    assert.deepEqual(late?.data, { transaction: 'e/t', customerId: 7 })
  })
})
