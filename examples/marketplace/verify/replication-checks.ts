import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import { add, atOnce, buy, type Check, checkOut, fill, item, onlyMarks, range } from './shop.ts'

interface PriceUpdate {
  readonly price: number
  readonly version?: string
  readonly tid: string
}

function updatePrice(market: Market, { price, version = '0', tid }: PriceUpdate): Promise<void> {
  const product = { sellerId: 1, productId: 1 }
  return market.send('PATCH', '/product', { ...product, price, version, instanceId: tid })
}

function replaceProduct(market: Market, version: string, price = 10): Promise<void> {
  const product = { seller_id: 1, product_id: 1, name: 'thing', freight_value: 1 }
  return market.send('PUT', '/product', { ...product, price, version })
}

const readProduct = (market: Market): Promise<Stored.Product> => market.read('/product/1/1')

async function offsetsPriceChanges(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await add(market, 1, item({ Voucher: 0.5 }))

  await updatePrice(market, { price: 12, tid: 'rise' })
  assert.equal((await readProduct(market)).price, 12)
  await market.settle()
  assert.deepEqual((await market.cart(1)).items, [item({ UnitPrice: 12, Voucher: 2.5 })])

  await updatePrice(market, { price: 11, tid: 'fall' })
  await market.settle()
  assert.deepEqual((await market.cart(1)).items, [item({ UnitPrice: 11, Voucher: 1.5 })])

  await updatePrice(market, { price: 1, tid: 'sale' })
  await market.settle()
  assert.deepEqual((await market.cart(1)).items, [item({ UnitPrice: 1, Voucher: 0 })])

  for (const mark of await onlyMarks(market, ['rise', 'fall', 'sale'])) {
    assert.partialDeepStrictEqual(mark, { type: 'PRICE_UPDATE', status: 'SUCCESS', actorId: 1 })
  }
}

async function sellsAtThePriceOfNow(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await add(market, 1, item({ Quantity: 2 }))
  await updatePrice(market, { price: 15, tid: 'rise' })
  await market.settle()

  await checkOut(market, 1, { tid: 'buy' })
  await market.settle()

  const [order] = await market.orders(1)
  assert.partialDeepStrictEqual(order, { total_items: 30, total_incentive: 5, total_amount: 25 })
  assert.deepEqual(await market.read('/cart/1/history/buy'), [
    item({ Quantity: 2, UnitPrice: 15, Voucher: 5 }),
  ])
}

async function ignoresAnOldVersion(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  await add(market, 1, item())
  await replaceProduct(market, 'v1', 20)
  await market.settle()

  await updatePrice(market, { price: 13, version: '0', tid: 'late' })
  await market.settle()

  assert.deepEqual(await readProduct(market).then(({ price, version }) => [price, version]), [
    20,
    'v1',
  ])
  assert.deepEqual((await market.cart(1)).items, [item({ UnitPrice: 13, Voucher: 3 })])
  const replica = await market.read<Stored.Product>('/cart/replica/1/1')
  assert.deepEqual([replica.price, replica.version], [20, 'v1'])
  const [mark] = await onlyMarks(market, ['late'])
  assert.equal(mark?.status, 'SUCCESS')
}

async function replacesProducts(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 3, available: 100 })
  await buy(market, 1, { tid: 'before', lines: [item({ Quantity: 4 })] })
  await market.settle()
  await add(market, 2, item({ Quantity: 2 }))

  await replaceProduct(market, 'v1', 20)
  await market.settle()

  assert.equal((await readProduct(market)).version, 'v1')
  assert.partialDeepStrictEqual(await market.stock(1, 1), {
    version: 'v1',
    qty_available: 96,
    order_count: 1,
  })
  assert.equal((await market.orders(1))[0]?.status, 'READY_FOR_SHIPMENT')
  await checkOut(market, 2, { tid: 'old' })
  await buy(market, 3, { tid: 'fresh', lines: [item({ UnitPrice: 20, Version: 'v1' })] })
  await market.settle()
  const marks = await onlyMarks(market, ['v1', 'old', 'fresh'])
  assert.deepEqual(
    marks.map(({ type, status, source }) => [type, status, source]),
    [
      ['UPDATE_PRODUCT', 'SUCCESS', 'stock'],
      ['CUSTOMER_SESSION', 'NOT_ACCEPTED', 'stock'],
      ['CUSTOMER_SESSION', 'SUCCESS', 'shipment'],
    ],
  )
}

async function endsUpdatesOfNothing(market: Market): Promise<void> {
  const price = { sellerId: 1, productId: 1, price: 1, version: '0', instanceId: 'nothing' }
  assert.equal((await market.call('PATCH', '/product', price)).status, 404)
  const product = { seller_id: 1, product_id: 1, price: 1, version: 'none' }
  assert.equal((await market.call('PUT', '/product', product)).status, 404)
  await market.send('POST', '/product', { ...product, version: '0' })
  await market.send('PUT', '/product', { ...product, version: 'no-stock' })
  await market.settle()

  const marks = await onlyMarks(market, ['nothing', 'none', 'no-stock'])

  assert.deepEqual(
    marks.map(({ status, source }) => [status, source]),
    [
      ['ERROR', 'product'],
      ['ERROR', 'product'],
      ['ABORT', 'stock'],
    ],
  )
}

async function agreesAfterManyUpdates(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  let version = '0'
  for (const number of range(100)) {
    if (number % 2 === 0) {
      await replaceProduct(market, `v${number}`, number)
      version = `v${number}`
    } else await updatePrice(market, { price: number + 0.5, version, tid: `p${number}` })
  }
  await market.settle()

  const product = await readProduct(market)
  const replica = await market.read<Stored.Product>('/cart/replica/1/1')
  const stock = await market.stock(1, 1)

  assert.deepEqual([product.price, product.version], [100, 'v100'])
  assert.deepEqual([replica.price, replica.version, stock.version], [100, 'v100', 'v100'])
  const tids = range(100).map((number) => (number % 2 === 0 ? `v${number}` : `p${number}`))
  for (const { status } of await onlyMarks(market, tids)) assert.equal(status, 'SUCCESS')
}

async function submitsOnlyWhatWasTrue(market: Market): Promise<void> {
  const customers = 40
  await fill(market, { sellers: 1, customers })
  const states = new Set(['0 10'])
  let version = '0'
  const updates = async (): Promise<void> => {
    for (const number of range(30)) {
      const price = 10 + number
      if (number % 5 === 0) version = `v${number}`
      states.add(`${version} ${price}`)
      if (number % 5 === 0) await replaceProduct(market, version, price)
      else await updatePrice(market, { price, version, tid: `p${number}` })
    }
  }
  const shop = (customer: number): Promise<void> => shopFor(market, customer)

  await Promise.all([updates(), atOnce(range(customers), shop)])
  await market.settle()

  for (const customer of range(customers)) {
    const path = `/cart/${customer}/history/c${customer}`
    for (const line of await market.read<Stored.CartItem[]>(path)) {
      assert.ok(states.has(`${line.Version} ${line.UnitPrice}`), JSON.stringify(line))
    }
  }
}

/** Sees a product, puts it into the cart, and buys it. */
async function shopFor(market: Market, customer: number): Promise<void> {
  const seen = await readProduct(market)
  await add(market, customer, item({ UnitPrice: seen.price, Version: seen.version }))
  await checkOut(market, customer, { tid: `c${customer}` })
}

/** E: products, their replicas, and the stock that refers to them. */
export const replicationChecks: readonly Check[] = [
  {
    id: 'E1',
    promise: 'offsets a price change with the voucher of open lines',
    run: offsetsPriceChanges,
  },
  { id: 'E1', promise: 'sells at the price of now', run: sellsAtThePriceOfNow },
  {
    id: 'E2',
    promise: 'keeps the price when the version is old, but tells the carts',
    run: ignoresAnOldVersion,
  },
  {
    id: 'E3',
    promise: 'makes older cart lines unavailable when a product is replaced',
    run: replacesProducts,
  },
  { id: 'E', promise: 'ends updates of what does not exist', run: endsUpdatesOfNothing },
  { id: 'E5', promise: 'agrees on a product after many updates', run: agreesAfterManyUpdates },
  {
    id: 'E6',
    promise: 'submits only prices and versions that were true',
    run: submitsOnlyWhatWasTrue,
  },
]
