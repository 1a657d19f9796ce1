import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { cartLinesMax } from '../values.ts'
import { CustomerCart } from './cart.ts'
import { Cart, type CartLine } from './contract.ts'

const line: CartLine = {
  sellerId: 1,
  productId: 1,
  productName: 'lamp',
  unitPriceCents: 1_000,
  freightCents: 150,
  quantity: 3,
  voucherCents: 0,
  version: '0',
}
const added = Cart.LineAdded({ customerId: 1, line })
const address = {
  firstName: 'Ana',
  lastName: 'Silva',
  street: 'Rua 1',
  complement: '',
  zipCode: '1',
  city: 'Recife',
  state: 'PE',
}
const card = {
  number: '4111 1111 1111 1111',
  holderName: 'ANA',
  expiration: '1230',
  brand: 'VISA',
}
const token = {
  token: 't',
  maskedNumber: '1111',
  holderName: 'ANA',
  expiration: '1230',
  brand: 'VISA',
}

function checkout(statedCustomerId = 1) {
  return Cart.checkout({
    customerId: 1,
    statedCustomerId,
    transaction: 'e/1',
    address,
    payment: { type: 'CREDIT_CARD', installments: 2, card },
  })
}

describe('a cart', () => {
  it('replaces the line of the same product', () => {
    const more = { ...line, quantity: 5 }

    const { state } = given(CustomerCart, added).when(Cart.add({ customerId: 1, line: more }))

    assert.partialDeepStrictEqual(state, { lines: [{ productId: 1, quantity: 5 }] })
    assert.equal((state as { lines: unknown[] }).lines.length, 1)
  })

  it('refuses a line without units', () => {
    for (const quantity of [0, -1, 100_001]) {
      const decided = given(CustomerCart).when(
        Cart.add({ customerId: 1, line: { ...line, quantity } }),
      )
      assert.equal(decided.rejected, 'QuantityInvalid')
    }
  })

  it('holds so many lines and no more', () => {
    const lines = Array.from({ length: cartLinesMax }, (_, index) =>
      Cart.LineAdded({ customerId: 1, line: { ...line, productId: index + 1 } }),
    )
    const full = given(CustomerCart, ...lines)

    assert.equal(
      full.when(Cart.add({ customerId: 1, line: { ...line, productId: 500 } })).rejected,
      'CartFull',
    )
    assert.equal(full.when(Cart.add({ customerId: 1, line })).rejected, undefined)
  })

  it('hands its lines in and is open and empty again', () => {
    const { events, output, state } = given(CustomerCart, added).when(checkout(), {
      prepared: token,
    })

    assert.deepEqual(output, {})
    assert.equal(events[0]?.type, 'cart.CheckoutRequested')
    assert.partialDeepStrictEqual(events[0]?.data, { lines: [line], transaction: 'e/1' })
    assert.partialDeepStrictEqual(state, { exists: true, lines: [] })
  })

  it('stores the token of a card, and not its number', () => {
    const { events } = given(CustomerCart, added).when(checkout(), { prepared: token })

    const stored = JSON.stringify(events)
    assert.ok(stored.includes('"token":"t"'))
    assert.ok(!stored.includes(card.number))
  })

  it('refuses a checkout of nothing, of no cart, and of the cart of another, and says so once', () => {
    const sealed = Cart.CartSealed({ customerId: 1 })

    const empty = given(CustomerCart, added, sealed).when(checkout())
    const absent = given(CustomerCart).when(checkout())
    const mismatch = given(CustomerCart, added).when(checkout(2))

    assert.deepEqual(empty.output, { refused: 'CartEmpty' })
    assert.deepEqual(absent.output, { refused: 'CartUnknown' })
    assert.deepEqual(mismatch.output, { refused: 'CustomerMismatch' })
    for (const { events } of [empty, absent, mismatch]) {
      assert.deepEqual(
        events.map(({ type }) => type),
        ['cart.CheckoutRefused'],
      )
    }
    assert.partialDeepStrictEqual(mismatch.state, { lines: [{ productId: 1 }] })
    assert.partialDeepStrictEqual(absent.state, { exists: false })
  })

  describe('when a price changes', () => {
    const { unitPriceCents, voucherCents, version } = line
    const before = { version, addedAtMs: 1, unitPriceCents, voucherCents, change: 0 }
    const news = { unitPriceCents: 1_200, voucherCents: 200, change: 3 }
    const change = { sellerId: 1, productId: 1, ...news }
    const reprice = Cart.reprice({ customerId: 1, lines: [{ ...change, of: before }] })

    it('takes it over once', () => {
      const { state, events } = given(CustomerCart, added).when(reprice)
      const repriced = Cart.LinesRepriced({ customerId: 1, lines: [change] })
      const again = given(CustomerCart, added, repriced).when(reprice)

      assert.deepEqual(events[0]?.data, repriced.data)
      assert.partialDeepStrictEqual(state, {
        lines: [{ unitPriceCents: 1_200, voucherCents: 200 }],
      })
      assert.deepEqual(again.events, [])
    })

    it('does not take it over into a line that has come in the place of the one it was made for', () => {
      const others = [
        { ...line, version: '1' },
        { ...line, unitPriceCents: 900 },
        { ...line, voucherCents: 45 },
        line,
      ]
      for (const other of others) {
        const replaced = given(CustomerCart, added, Cart.LineAdded({ customerId: 1, line: other }))

        assert.deepEqual(replaced.when(reprice).events, [])
      }
    })
  })

  it('is sealed and discarded only when it exists', () => {
    assert.equal(given(CustomerCart).when(Cart.seal({ customerId: 1 })).rejected, 'NotFound')
    assert.equal(given(CustomerCart).when(Cart.discard({ customerId: 1 })).rejected, 'NotFound')
    assert.partialDeepStrictEqual(
      given(CustomerCart, added).when(Cart.discard({ customerId: 1 })).state,
      { exists: false, lines: [] },
    )
  })
})
