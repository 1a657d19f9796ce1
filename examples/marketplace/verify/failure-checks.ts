import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import {
  add,
  buy,
  type Check,
  checkoutBody,
  declinedCard,
  fill,
  item,
  markOf,
  onlyMarks,
} from './shop.ts'

async function leavesStaleLinesOut(market: Market): Promise<void> {
  await fill(market, { sellers: 2, productsEach: 2, customers: 1, available: 100 })
  const stale = item({ ProductId: 2, Version: 'old', UnitPrice: 99 })
  const before = await market.stock(1, 2)

  await buy(market, 1, {
    tid: 'partial',
    lines: [item({ Quantity: 2 }), stale, item({ SellerId: 2, Voucher: 1 })],
  })
  await market.settle()

  const [order] = await market.orders(1)
  assert.ok(order)
  assert.deepEqual(
    order.items.map(({ seller_id, product_id }) => [seller_id, product_id]),
    [
      [1, 1],
      [2, 1],
    ],
  )
  assert.partialDeepStrictEqual(order, {
    count_items: 2,
    total_items: 30,
    total_incentive: 1,
    total_amount: 29,
    total_freight: 2,
    total_invoice: 31,
  })
  assert.deepEqual(await market.stock(1, 2), before)
  const [mark] = await onlyMarks(market, ['partial'])
  assert.equal(mark?.status, 'SUCCESS')
}

/** Nothing of a checkout is left but its mark. */
async function assertNothingHappened(market: Market, tid: string, status: string): Promise<void> {
  await market.settle()
  assert.deepEqual(await market.orders(1), [])
  assert.equal((await market.call('GET', '/payment/1/1')).status, 404)
  assert.equal((await market.call('GET', '/shipment/1/1')).status, 404)
  const { success_payment_count, failed_payment_count } = await market.customer(1)
  assert.deepEqual([success_payment_count, failed_payment_count], [0, 0])
  const [mark] = await onlyMarks(market, [tid])
  assert.partialDeepStrictEqual(mark, { type: 'CUSTOMER_SESSION', actorId: 1, status })
}

async function makesNoEmptyOrder(market: Market): Promise<void> {
  await fill(market, { sellers: 2, customers: 1, available: 5 })
  const before = [await market.stock(1, 1), await market.stock(2, 1)]

  await buy(market, 1, {
    tid: 'stale',
    lines: [item({ Version: 'old' }), item({ SellerId: 2, Version: 'old' })],
  })
  await assertNothingHappened(market, 'stale', 'NOT_ACCEPTED')

  await buy(market, 1, {
    tid: 'short',
    lines: [item({ Quantity: 6 }), item({ SellerId: 2, Quantity: 99 })],
  })
  await assertNothingHappened(market, 'short', 'NOT_ACCEPTED')

  await buy(market, 1, { tid: 'unknown', lines: [item({ SellerId: 77 })] })
  await assertNothingHappened(market, 'unknown', 'NOT_ACCEPTED')
  assert.deepEqual([await market.stock(1, 1), await market.stock(2, 1)], before)

  await buy(market, 1, { tid: 'good', lines: [item()] })
  await market.settle()
  assert.deepEqual(
    (await market.orders(1)).map(({ order_id }) => order_id),
    [1],
  )
}

async function undoesADeclinedPayment(market: Market): Promise<void> {
  await fill(market, { sellers: 2, customers: 1, available: 50 })

  await buy(market, 1, {
    tid: 'declined',
    card: declinedCard,
    lines: [item({ Quantity: 3, Voucher: 2 }), item({ SellerId: 2 })],
  })
  await market.settle()

  const [order] = await market.orders(1)
  assert.equal(order?.status, 'PAYMENT_FAILED')
  assert.deepEqual(
    order?.history.map(({ status }) => status),
    ['INVOICED', 'PAYMENT_FAILED'],
  )
  for (const seller of [1, 2]) {
    assert.partialDeepStrictEqual(await market.stock(seller, 1), {
      qty_available: 50,
      qty_reserved: 0,
      order_count: 0,
    })
    assert.deepEqual((await market.dashboard(seller)).orderEntries, [])
  }
  assert.partialDeepStrictEqual(await market.customer(1), {
    failed_payment_count: 1,
    success_payment_count: 0,
  })
  assert.equal((await market.call('GET', '/shipment/1/1')).status, 404)
  const payments = await market.read<{ type: string; status: string }[]>('/payment/1/1')
  assert.deepEqual(
    payments.map(({ type, status }) => [type, status]),
    [['CREDIT_CARD', 'requires_payment_method']],
  )
  const [mark] = await onlyMarks(market, ['declined'])
  assert.partialDeepStrictEqual(mark, { status: 'NOT_ACCEPTED', source: 'payment' })
}

async function numbersTheNextOrder(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })

  await buy(market, 1, { tid: 'declined', card: declinedCard, lines: [item()] })
  await buy(market, 1, { tid: 'stale', lines: [item({ Version: 'old' })] })
  await market.settle()
  await buy(market, 1, { tid: 'good', lines: [item()] })
  await market.settle()

  assert.deepEqual(
    (await market.orders(1)).map(({ order_id, status }) => [order_id, status]),
    [
      [1, 'PAYMENT_FAILED'],
      [2, 'READY_FOR_SHIPMENT'],
    ],
  )
}

async function sellsTheLastUnit(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 2, available: 5 })

  await buy(market, 1, { tid: 'six', lines: [item({ Quantity: 6 })] })
  await market.settle()
  await buy(market, 1, { tid: 'five', lines: [item({ Quantity: 5 })] })
  await market.settle()
  await buy(market, 2, { tid: 'one', lines: [item()] })
  await market.settle()

  const marks = await onlyMarks(market, ['six', 'five', 'one'])
  assert.deepEqual(
    marks.map(({ status }) => status),
    ['NOT_ACCEPTED', 'SUCCESS', 'NOT_ACCEPTED'],
  )
  assert.partialDeepStrictEqual(await market.stock(1, 1), { qty_available: 0, qty_reserved: 0 })
}

async function refusesCartsThatCannotBeHandedIn(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 3 })
  await add(market, 2, item())
  await add(market, 3, item())
  await market.send('PATCH', '/cart/3/seal')

  const absent = await market.call('POST', '/cart/1/checkout', checkoutBody(1, 'absent'))
  const mismatch = await market.call('POST', '/cart/2/checkout', checkoutBody(1, 'mismatch'))
  const empty = await market.call('POST', '/cart/3/checkout', checkoutBody(3, 'empty'))
  await market.settle()

  assert.deepEqual([absent.status, mismatch.status, empty.status], [404, 405, 405])
  for (const mark of await onlyMarks(market, ['absent', 'mismatch', 'empty'])) {
    assert.partialDeepStrictEqual(mark, { status: 'NOT_ACCEPTED', source: 'cart' })
  }
  assert.deepEqual((await market.cart(2)).items, [item()])
  assert.equal((await markOf(market, 'absent')).body.status, 'NOT_ACCEPTED')
}

/** One name for three transactions: two checkouts that end in different services, and a price update. */
async function keepsTheFirstAnswer(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 3 })
  await add(market, 3, item())
  await market.send('PATCH', '/cart/3/seal')
  await market.call('POST', '/cart/3/checkout', checkoutBody(3, 'shared'))
  await market.settle()
  const first = await markOf(market, 'shared')

  await buy(market, 1, { tid: 'shared', lines: [item()] })
  await buy(market, 2, { tid: 'shared', card: declinedCard, lines: [item()] })
  const price = { sellerId: 1, productId: 1, price: 12, version: '0', instanceId: 'shared' }
  await market.send('PATCH', '/product', price)
  await market.settle()

  assert.partialDeepStrictEqual(first.body, { actorId: 3, status: 'NOT_ACCEPTED' })
  assert.deepEqual(await markOf(market, 'shared'), first)
  const marks = (await market.marks()).filter(({ tid }) => tid === 'shared')
  assert.deepEqual(
    marks.map(({ type, actorId, status }) => `${type} ${actorId} ${status}`).toSorted(),
    [
      'CUSTOMER_SESSION 1 SUCCESS',
      'CUSTOMER_SESSION 2 NOT_ACCEPTED',
      'CUSTOMER_SESSION 3 NOT_ACCEPTED',
      'PRICE_UPDATE 1 SUCCESS',
    ],
  )
}

/** C: what happens when something is missing. */
export const failureChecks: readonly Check[] = [
  { id: 'C1', promise: 'leaves out the lines of a stale version', run: leavesStaleLinesOut },
  { id: 'C2', promise: 'makes no order of nothing', run: makesNoEmptyOrder },
  {
    id: 'C3',
    promise: 'undoes everything when the payment is declined',
    run: undoesADeclinedPayment,
  },
  { id: 'C3', promise: 'leaves no gap in the numbers of orders', run: numbersTheNextOrder },
  { id: 'C4', promise: 'sells the last unit, and not one more', run: sellsTheLastUnit },
  {
    id: 'C',
    promise: 'refuses an absent, an empty and a foreign cart, each with a mark',
    run: refusesCartsThatCannotBeHandedIn,
  },
  {
    id: 'C',
    promise:
      'keeps the first answer of a name that others use as well, and a mark for each of them',
    run: keepsTheFirstAnswer,
  },
]
