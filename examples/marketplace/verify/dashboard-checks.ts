import assert from 'node:assert/strict'
import { audit } from './audit.ts'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import { atOnce, buy, type Check, declinedCard, fill, item, range, sum } from './shop.ts'

const sellers = 6
const customers = 20
const available = 60

/** Buys here and there, with some that fail and some that are delivered. */
async function trade(market: Market): Promise<void> {
  await fill(market, { sellers, productsEach: 2, customers, available })
  await atOnce(range(customers), async (customer) => {
    for (const round of range(3)) {
      await buy(market, customer, {
        tid: `t${customer}-${round}`,
        ...(customer % 7 === 0 && { card: declinedCard }),
        lines: range(1 + ((customer + round) % 4)).map((line) =>
          item({
            SellerId: 1 + ((customer * line + round) % sellers),
            ProductId: 1 + (line % 2),
            Quantity: line,
            UnitPrice: 3.33 * line,
            Voucher: customer % 3,
          }),
        ),
      })
    }
  })
  await market.settle()
  for (const delivery of range(3)) await market.send('PATCH', `/shipment/d${delivery}`)
  await market.settle()
}

const open = ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT']

async function allOrders(market: Market): Promise<readonly Stored.Order[]> {
  return (await atOnce(range(customers), (customer) => market.orders(customer))).flat()
}

async function agreesWithTheOrders(market: Market): Promise<void> {
  await trade(market)

  const dashboards = await atOnce(range(sellers), (seller) => market.dashboard(seller))
  const openOrders = (await allOrders(market)).filter(({ status }) => open.includes(status))

  const entries = dashboards.flatMap(({ orderEntries }) => orderEntries)
  const entryNames = entries.map((each) =>
    [each.customer_id, each.order_id, each.seller_id, each.product_id].join('/'),
  )
  const lineNames = openOrders.flatMap((order) =>
    order.items.map((line) =>
      [order.customer_id, order.order_id, line.seller_id, line.product_id].join('/'),
    ),
  )
  assert.ok(lineNames.length > 0)
  assert.deepEqual(entryNames.toSorted(), lineNames.toSorted())
  assert.equal(
    sum(dashboards.map(({ sellerView }) => sellerView.total_invoice)),
    sum(openOrders.map((order) => order.total_invoice)),
  )
  for (const dashboard of dashboards) assertPartsAgree(dashboard)
}

function assertPartsAgree({ sellerView, orderEntries }: Stored.Dashboard): void {
  const orders = new Set(orderEntries.map((each) => `${each.customer_id}/${each.order_id}`))
  assert.equal(sellerView.count_items, orderEntries.length)
  assert.equal(sellerView.count_orders, orders.size)
  assert.equal(sellerView.total_invoice, sum(orderEntries.map((each) => each.total_invoice)))
}

async function isOfOneSnapshot(market: Market): Promise<void> {
  let isTrading = true
  const watch = async (): Promise<number> => {
    let looks = 0
    while (isTrading) {
      for (const seller of range(sellers)) {
        const { status, body } = await market.call<Stored.Dashboard>(
          'GET',
          `/seller/dashboard/${seller}`,
        )
        if (status === 200) assertPartsAgree(body)
        looks += 1
      }
    }
    return looks
  }

  const [, looks] = await Promise.all([
    trade(market).finally(() => {
      isTrading = false
    }),
    watch(),
  ])

  assert.ok(looks > 20, `looked ${looks} times`)
}

const paidChain = ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED']
const failedChain = ['INVOICED', 'PAYMENT_FAILED']

async function keepsHistoriesInOrder(market: Market): Promise<void> {
  await trade(market)

  const orders = await allOrders(market)

  assert.ok(orders.some(({ status }) => status === 'PAYMENT_FAILED'))
  assert.ok(orders.some(({ status }) => status === 'DELIVERED'))
  for (const { status, history } of orders) {
    const statuses = history.map((each) => each.status)
    const chain = status === 'PAYMENT_FAILED' ? failedChain : paidChain
    assert.deepEqual(statuses, chain.slice(0, statuses.length))
    assert.equal(statuses.at(-1), status)
    const times = history.map(({ created_at }) => created_at)
    assert.deepEqual(times, times.toSorted())
  }
}

async function startsOverAfterAReset(market: Market): Promise<void> {
  await trade(market)
  await market.send('PUT', '/product', { seller_id: 1, product_id: 1, price: 9, version: 'v1' })
  await market.settle()

  await market.send('PATCH', '/reset')

  assert.deepEqual(await market.marks(), [])
  assert.deepEqual(await market.orders(1), [])
  assert.partialDeepStrictEqual(await market.customer(2), {
    success_payment_count: 0,
    failed_payment_count: 0,
    delivery_count: 0,
  })
  assert.deepEqual((await market.dashboard(1)).orderEntries, [])
  assert.equal((await market.read<Stored.Product>('/product/1/1')).version, '0')
  for (const seller of range(sellers)) {
    assert.partialDeepStrictEqual(await market.stock(seller, 1), {
      qty_available: 10_000,
      qty_reserved: 0,
      order_count: 0,
      version: '0',
    })
  }
  await buy(market, 1, { tid: 't1-1', lines: [item()] })
  await market.settle()
  const marks = await market.marks()
  assert.deepEqual(
    marks.map(({ tid, status }) => [tid, status]),
    [['t1-1', 'SUCCESS']],
  )
  assert.deepEqual(
    (await market.orders(1)).map(({ order_id }) => order_id),
    [1],
  )
}

async function keepsItsBooks(market: Market): Promise<void> {
  await trade(market)

  const report = await audit(market, { sellers, customers, inventory: available })

  assert.ok(report.orders > customers && report.failed > 0 && report.delivered > 0)
}

/** F: what sellers see, and in which order it happened. */
export const dashboardChecks: readonly Check[] = [
  { id: 'F2', promise: 'shows sellers exactly the lines of open orders', run: agreesWithTheOrders },
  {
    id: 'F',
    promise: 'shows aggregate and lines of one snapshot while all trade',
    run: isOfOneSnapshot,
  },
  { id: 'F', promise: 'keeps its books: an audit finds nothing amiss', run: keepsItsBooks },
  {
    id: 'F4',
    promise: 'keeps the history of every order in its order',
    run: keepsHistoriesInOrder,
  },
  {
    id: 'F',
    promise: 'starts over after a reset, and the names of transactions with it',
    run: startsOverAfterAReset,
  },
]
