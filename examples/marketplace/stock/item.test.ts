import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { Stock, type StockRow } from './contract.ts'
import { Refusal, StockItem } from './item.ts'

const item = { sellerId: 1, productId: 2 }
const ofCheckout = { ...item, customerId: 7 }
const row: StockRow = {
  ...item,
  available: 10,
  reserved: 0,
  orderCount: 0,
  ytd: 0,
  data: '',
  version: '0',
}
const registered = Stock.StockRegistered(row)
const reserved = Stock.StockReserved({ ...ofCheckout, transaction: 'a', quantity: 4 })
const reserve = (transaction: string, quantity: number, version = '0') =>
  Stock.reserve({ ...ofCheckout, transaction, quantity, version })

describe('a stock item', () => {
  it('keeps the units of a checkout back', () => {
    const { events, state } = given(StockItem, registered).when(reserve('a', 4))

    assert.deepEqual(events, [
      { type: 'stock.StockReserved', data: { ...ofCheckout, transaction: 'a', quantity: 4 } },
    ])
    assert.partialDeepStrictEqual(state, { available: 10, reserved: 4, orderCount: 0 })
  })

  it('gives exactly what is there, and not one unit more', () => {
    const most = given(StockItem, registered, reserved).when(reserve('b', 6))
    const tooMany = given(StockItem, registered, reserved).when(reserve('b', 7))

    assert.partialDeepStrictEqual(most.state, { reserved: 10 })
    assert.equal(tooMany.rejected, 'OutOfStock')
    assert.deepEqual(tooMany.data, { available: 6 })
  })

  it('refuses another version, and an item that does not exist', () => {
    assert.equal(given(StockItem, registered).when(reserve('a', 1, '1')).rejected, 'Unavailable')
    assert.equal(given(StockItem).when(reserve('a', 1)).rejected, 'Unavailable')
  })

  it('reserves once for one transaction', () => {
    const { events, rejected } = given(StockItem, registered, reserved).when(reserve('a', 4))

    assert.deepEqual(events, [])
    assert.equal(rejected, undefined)
  })

  it('takes confirmed units out, once', () => {
    const confirm = Stock.confirm({ ...ofCheckout, transaction: 'a' })
    const confirmed = Stock.StockConfirmed({ ...ofCheckout, transaction: 'a', quantity: 4 })

    const { state } = given(StockItem, registered, reserved).when(confirm)
    const again = given(StockItem, registered, reserved, confirmed).when(confirm)

    assert.partialDeepStrictEqual(state, { available: 6, reserved: 0, orderCount: 1 })
    assert.deepEqual(again.events, [])
  })

  it('gives released units back, once, and never those of others', () => {
    const release = Stock.release({ ...ofCheckout, transaction: 'a' })
    const released = Stock.StockReleased({ ...ofCheckout, transaction: 'a', quantity: 4 })

    const { state } = given(StockItem, registered, reserved).when(release)
    const again = given(StockItem, registered, reserved, released).when(release)
    const other = given(StockItem, registered, reserved).when(
      Stock.release({ ...ofCheckout, transaction: 'b' }),
    )

    assert.partialDeepStrictEqual(state, { available: 10, reserved: 0, orderCount: 0 })
    assert.deepEqual(again.events, [])
    assert.deepEqual(other.events, [])
  })

  it('keeps apart what two customers reserve under one name', () => {
    const both = given(StockItem, registered, reserved).when(
      Stock.reserve({ ...item, customerId: 8, transaction: 'a', quantity: 5, version: '0' }),
    )

    assert.partialDeepStrictEqual(both.state, { reserved: 9 })
  })

  it('is not fooled by a transaction with the name of something that every object has', () => {
    const { events } = given(StockItem, registered).when(reserve('constructor', 1))
    const release = given(StockItem, registered).when(
      Stock.release({ ...ofCheckout, transaction: '__proto__' }),
    )

    assert.equal(events.length, 1)
    assert.deepEqual(release.events, [])
  })

  it('changes nothing when it is registered again with the same values', () => {
    assert.deepEqual(given(StockItem, registered).when(Stock.register(row)).events, [])
  })

  it('keeps open reservations when it is overwritten', () => {
    const { state } = given(StockItem, registered, reserved).when(
      Stock.register({ ...row, available: 100 }),
    )

    assert.partialDeepStrictEqual(state, { available: 100, reserved: 4 })
  })

  it('follows its product, and says when there is nothing to follow with', () => {
    const follow = Stock.follow({ ...item, version: '7', transaction: 't' })

    const { state } = given(StockItem, registered, reserved).when(follow)
    const missing = given(StockItem).when(follow)

    assert.partialDeepStrictEqual(state, { version: '7', reserved: 4, available: 10 })
    assert.equal(missing.events[0]?.type, 'stock.VersionUnmatched')
  })

  it('is increased only when it exists', () => {
    const increase = Stock.increase({ ...item, quantity: 5 })

    assert.partialDeepStrictEqual(given(StockItem, registered).when(increase).state, {
      available: 15,
    })
    assert.equal(given(StockItem).when(increase).rejected, 'NotFound')
  })

  it('goes back to its default inventory, when it is not there already', () => {
    const reset = Stock.reset(item)

    const { state, events } = given(StockItem, registered, reserved).when(reset)
    const again = given(
      StockItem,
      registered,
      Stock.StockReset({ ...item, available: 10_000 }),
    ).when(reset)

    assert.equal(events.length, 1)
    assert.partialDeepStrictEqual(state, {
      available: 10_000,
      reserved: 0,
      orderCount: 0,
      version: '0',
      reservations: {},
    })
    assert.deepEqual(again.events, [])
  })
})

describe('a refusal', () => {
  it('is noted once for a transaction', () => {
    const refuse = Stock.refuseCheckout({ transaction: 'a', customerId: 1 })
    const refused = Stock.CheckoutRefused({ transaction: 'a', customerId: 1 })

    assert.equal(given(Refusal).when(refuse).events.length, 1)
    assert.deepEqual(given(Refusal, refused).when(refuse).events, [])
  })
})
