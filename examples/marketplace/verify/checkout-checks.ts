import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import {
  add,
  buy,
  type Check,
  checkOut,
  checkoutBody,
  fill,
  item,
  markOf,
  onlyMarks,
  securityNumber,
  sum,
} from './shop.ts'

export const goldenLines: readonly Stored.CartItem[] = [
  item({ UnitPrice: 10, Quantity: 3, FreightValue: 1.5 }),
  item({ ProductId: 2, UnitPrice: 7.25, Quantity: 2, FreightValue: 2, Voucher: 1.45 }),
  item({ SellerId: 2, UnitPrice: 4, Quantity: 1, FreightValue: 0.5, Voucher: 0.4 }),
]

async function fillAndBuy(market: Market): Promise<void> {
  await fill(market, { sellers: 2, productsEach: 2, customers: 1, available: 100 })
  await buy(market, 1, { tid: 'golden', lines: goldenLines })
  await market.settle()
}

async function makesTheOrder(market: Market): Promise<void> {
  await fillAndBuy(market)

  const [order] = await market.orders(1)

  assert.ok(order)
  assert.partialDeepStrictEqual(order, {
    order_id: 1,
    status: 'READY_FOR_SHIPMENT',
    count_items: 3,
    total_items: 48.5,
    total_incentive: 1.85,
    total_amount: 46.65,
    total_freight: 4,
    total_invoice: 50.65,
    invoice_number: `1-${order.purchase_date.slice(0, 10).replaceAll('-', '')}-1`,
  })
  assert.deepEqual(
    order.items.map((line) => line.total_amount),
    [30, 13.05, 3.6],
  )
  assert.deepEqual(
    order.history.map(({ status }) => status),
    ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT'],
  )
}

async function takesThePayment(market: Market): Promise<void> {
  await fillAndBuy(market)

  const payments = await market.read<Stored.Payment[]>('/payment/1/1')

  assert.deepEqual(
    payments.map(({ sequential, type, value }) => [sequential, type, value]),
    [
      [1, 'CREDIT_CARD', 50.65],
      [2, 'VOUCHER', 1.45],
      [3, 'VOUCHER', 0.4],
    ],
  )
  assert.ok(payments.every(({ status }) => status === 'succeeded'))
  assert.ok(payments[0]?.card)
  assert.equal((await market.customer(1)).success_payment_count, 1)
}

async function keepsNoCardForBoleto(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await add(market, 1, item())
  const body = { ...checkoutBody(1, 'boleto'), PaymentType: 'BOLETO', Installments: 7 }

  await market.send('POST', '/cart/1/checkout', body)
  await market.settle()

  const payments = await market.read<Stored.Payment[]>('/payment/1/1')
  assert.equal(payments.length, 1)
  assert.partialDeepStrictEqual(payments[0], { type: 'BOLETO', value: 11, installments: 1 })
  assert.equal(payments[0]?.card, undefined)
}

async function clampsVouchers(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await buy(market, 1, { tid: 'rich', lines: [item({ Quantity: 2, Voucher: 900 })] })
  await market.settle()

  const [order] = await market.orders(1)
  const payments = await market.read<Stored.Payment[]>('/payment/1/1')
  const { sellerView } = await market.dashboard(1)

  const amounts = { total_items: 20, total_incentive: 20, total_amount: 0, total_invoice: 1 }
  assert.partialDeepStrictEqual(order, amounts)
  assert.partialDeepStrictEqual(sellerView, amounts)
  assert.deepEqual(
    payments.map(({ value }) => value),
    [1, 20],
  )
}

async function shipsAndTakesStock(market: Market): Promise<void> {
  await fillAndBuy(market)

  const shipment = await market.read<Stored.Shipment>('/shipment/1/1')

  assert.partialDeepStrictEqual(shipment, {
    status: 'approved',
    package_count: 3,
    total_freight_value: 4,
  })
  assert.deepEqual(
    shipment.packages.map(({ package_id, status }) => [package_id, status]),
    [
      [1, 'shipped'],
      [2, 'shipped'],
      [3, 'shipped'],
    ],
  )
  for (const [seller, product, units] of [
    [1, 1, 3],
    [1, 2, 2],
    [2, 1, 1],
  ] as const) {
    assert.partialDeepStrictEqual(await market.stock(seller, product), {
      qty_available: 100 - units,
      qty_reserved: 0,
      order_count: 1,
    })
  }
}

async function showsDashboards(market: Market): Promise<void> {
  await fillAndBuy(market)

  const one = await market.dashboard(1)
  const two = await market.dashboard(2)

  assert.partialDeepStrictEqual(one.sellerView, {
    count_orders: 1,
    count_items: 2,
    total_items: 44.5,
    total_amount: 43.05,
    total_freight: 3.5,
    total_incentive: 1.45,
    total_invoice: 46.55,
  })
  assert.partialDeepStrictEqual(two.sellerView, {
    count_orders: 1,
    count_items: 1,
    total_items: 4,
    total_amount: 3.6,
    total_freight: 0.5,
    total_incentive: 0.4,
    total_invoice: 4.1,
  })
  assert.equal(sum([one.sellerView.total_invoice, two.sellerView.total_invoice]), 50.65)
  assert.deepEqual([one.orderEntries.length, two.orderEntries.length], [2, 1])
}

async function marksOnce(market: Market): Promise<void> {
  await fillAndBuy(market)

  const [mark] = await onlyMarks(market, ['golden'])

  assert.deepEqual(mark, {
    tid: 'golden',
    type: 'CUSTOMER_SESSION',
    actorId: 1,
    status: 'SUCCESS',
    source: 'shipment',
  })
  assert.deepEqual((await markOf(market, 'golden')).body, mark)
}

async function emptiesTheCart(market: Market): Promise<void> {
  await fillAndBuy(market)
  const { status, items } = await market.cart(1)
  assert.deepEqual({ status, items }, { status: 'OPEN', items: [] })
  assert.deepEqual(await market.read('/cart/1/history/golden'), goldenLines)

  await buy(market, 1, { tid: 'second', lines: [item()] })
  await market.settle()

  assert.deepEqual(
    (await market.orders(1)).map(({ order_id }) => order_id),
    [1, 2],
  )
}

async function answersARepetition(market: Market): Promise<void> {
  await fillAndBuy(market)
  await add(market, 1, item())

  const again = await market.call('POST', '/cart/1/checkout', checkoutBody(1, 'golden'))
  await market.settle()

  assert.equal(again.status, 202)
  assert.equal((await market.orders(1)).length, 1)
  assert.equal((await market.cart(1)).items.length, 1)
  await onlyMarks(market, ['golden'])

  const empty = checkoutBody(2, 'empty')
  await market.send('POST', '/customer', { id: 2 })
  const ask = () => market.call<{ readonly code: string }>('POST', '/cart/2/checkout', empty)
  const first = await ask()
  await add(market, 2, item())
  const second = await ask()
  // The sentence may say that it was said before.
  assert.deepEqual([second.status, second.body.code], [first.status, first.body.code])
  assert.equal((await market.cart(2)).items.length, 1)
}

async function takesEffectOnceWhenSentAtOnce(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await add(market, 1, item())

  await Promise.all(Array.from({ length: 20 }, () => checkOut(market, 1, { tid: 'same' })))
  await market.settle()

  assert.equal((await market.orders(1)).length, 1)
  await onlyMarks(market, ['same'])
  assert.partialDeepStrictEqual(await market.stock(1, 1), { qty_available: 9_999 })
}

const readable = [
  '/cart/1',
  '/cart/1/history/golden',
  '/order/1',
  '/payment/1/1',
  '/shipment/1/1',
  '/customer/1',
  '/seller/1',
  '/seller/dashboard/1',
  '/transactions/golden',
  '/transactions',
]

async function keepsTheSecurityNumberToNobody(market: Market): Promise<void> {
  const card = { card_number: '4111111111111111', card_security_number: securityNumber }
  await market.send('POST', '/customer', { id: 1, ...card })
  await fillAndBuy(market)

  for (const path of readable) {
    const text = JSON.stringify(await market.read(path))
    assert.ok(!text.includes(securityNumber), path)
  }
}

/** B: the checkout of which every number is known. */
export const checkoutChecks: readonly Check[] = [
  { id: 'B', promise: 'makes the order, with exact totals and its history', run: makesTheOrder },
  { id: 'B', promise: 'takes the payment, line by line', run: takesThePayment },
  { id: 'B', promise: 'keeps no card for a boleto', run: keepsNoCardForBoleto },
  { id: 'B', promise: 'takes off no more than a line costs', run: clampsVouchers },
  {
    id: 'B',
    promise: 'ships a package for each line, and takes the units',
    run: shipsAndTakesStock,
  },
  { id: 'B', promise: 'shows each seller its lines and their sums', run: showsDashboards },
  { id: 'B', promise: 'marks the end of a checkout once', run: marksOnce },
  { id: 'B', promise: 'empties the cart; the next order has the next number', run: emptiesTheCart },
  { id: 'B', promise: 'answers a repeated instanceId as the first time', run: answersARepetition },
  {
    id: 'B',
    promise: 'takes effect once when a checkout is sent many times at once',
    run: takesEffectOnceWhenSentAtOnce,
  },
  {
    id: 'B',
    promise: 'shows the security number of a card nowhere',
    run: keepsTheSecurityNumberToNobody,
  },
]
