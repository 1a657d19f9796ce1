import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { Payment } from './contract.ts'
import { OrderPayment } from './payment.ts'

const order = { customerId: 1, orderId: 1 }
const card = {
  token: 't',
  maskedNumber: '************1111',
  holderName: 'ANA',
  expiration: '1230',
  brand: 'VISA',
}
const lines = [
  { sellerId: 1, productId: 1, quantity: 3, discountCents: 0 },
  { sellerId: 1, productId: 2, quantity: 2, discountCents: 145 },
  { sellerId: 2, productId: 1, quantity: 1, discountCents: 40 },
]
const invoice = { transaction: 'x', invoiceNumber: '1-20260101-1', totalInvoiceCents: 5_065 }
const payByCard = Payment.pay({
  ...order,
  ...invoice,
  payment: { type: 'CREDIT_CARD', installments: 3, card },
  lines,
})
const charged = { id: 'pi_1', status: 'succeeded', cardNumber: '4111111111111111' }
const declined = { ...charged, status: 'requires_payment_method' }

describe('a payment', () => {
  it('has one line for the invoice and one for each voucher, numbered without gaps', () => {
    const { events, output } = given(OrderPayment).when(payByCard, { prepared: charged, atMs: 7 })

    assert.deepEqual(output, { paidAtMs: 7 })
    const common = { status: 'succeeded' }
    assert.partialDeepStrictEqual(events[1], {
      type: 'payment.PaymentConfirmed',
      data: {
        payments: [
          { sequential: 1, type: 'CREDIT_CARD', installments: 3, valueCents: 5_065, ...common },
          { sequential: 2, type: 'VOUCHER', valueCents: 145, ...common },
          { sequential: 3, type: 'VOUCHER', valueCents: 40, ...common },
        ],
      },
    })
  })

  it('tells the number of a card only to itself', () => {
    const { events } = given(OrderPayment).when(payByCard, { prepared: charged })

    const [kept, told] = events
    assert.equal(kept?.type, 'payment.CardCharged')
    assert.ok(JSON.stringify(kept).includes(charged.cardNumber))
    assert.equal(told?.type, 'payment.PaymentConfirmed')
    assert.ok(!JSON.stringify(told).includes(charged.cardNumber))
  })

  it('has no card when it was paid by boleto', () => {
    const payment = { type: 'BOLETO', installments: 9 } as const

    const { events } = given(OrderPayment).when(
      Payment.pay({ ...order, ...invoice, payment, lines: [] }),
      { prepared: null },
    )

    assert.equal(events.length, 1)
    assert.partialDeepStrictEqual(events[0]?.data, {
      payments: [{ type: 'BOLETO', installments: 1 }],
    })
  })

  it('is rejected when the card is declined', () => {
    const decided = given(OrderPayment).when(payByCard, { prepared: declined })

    assert.equal(decided.rejected, 'Declined')
    assert.deepEqual(decided.events, [])
  })

  it('keeps a declined payment as one open line without vouchers', () => {
    const refuse = Payment.refuse({
      ...order,
      transaction: 'x',
      totalInvoiceCents: 5_065,
      type: 'CREDIT_CARD',
      installments: 3,
    })

    const { events } = given(OrderPayment).when(refuse)

    const data = events[0]?.data as { payments: unknown[] }
    assert.equal(events[0]?.type, 'payment.PaymentFailed')
    assert.equal(data.payments.length, 1)
    assert.partialDeepStrictEqual(data.payments[0], { status: 'requires_payment_method' })
  })

  it('is taken once', () => {
    const { events } = given(OrderPayment).when(payByCard, { prepared: charged })
    const [first, second] = events
    const paid = [
      Payment.CardCharged(first?.data as never),
      Payment.PaymentConfirmed(second?.data as never),
    ]

    assert.deepEqual(given(OrderPayment, ...paid).when(payByCard, { prepared: charged }).events, [])
  })
})
