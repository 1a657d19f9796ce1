import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import { add, atOnce, buy, type Check, checkOut, fill, item, onlyMarks, range } from './shop.ts'

interface Rush {
  readonly available: number
  readonly customers: number
  readonly units: number
}

/** Everybody wants the same product at once; gives how many got it. */
async function rush(market: Market, { available, customers, units }: Rush): Promise<number> {
  await market.cleanUp()
  await fill(market, { sellers: 1, customers, available })
  await atOnce(range(customers), (customer) => add(market, customer, item({ Quantity: units })))

  await Promise.all(
    range(customers).map((customer) => checkOut(market, customer, { tid: `r${customer}` })),
  )
  await market.settle()

  const marks = await onlyMarks(
    market,
    range(customers).map((customer) => `r${customer}`),
  )
  const succeeded = marks.filter(({ status }) => status === 'SUCCESS').length
  const refused = marks.filter(({ status }) => status === 'NOT_ACCEPTED').length
  assert.equal(succeeded + refused, customers)
  return succeeded
}

async function sellsEachUnitOnce(market: Market): Promise<void> {
  assert.equal(await rush(market, { available: 50, customers: 100, units: 1 }), 50)
  assert.partialDeepStrictEqual(await market.stock(1, 1), {
    qty_available: 0,
    qty_reserved: 0,
    order_count: 50,
  })

  assert.equal(await rush(market, { available: 50, customers: 30, units: 3 }), 16)
  assert.partialDeepStrictEqual(await market.stock(1, 1), { qty_available: 2, qty_reserved: 0 })
}

async function finishesCrossedCheckouts(market: Market): Promise<void> {
  const customers = 200
  await fill(market, { sellers: 2, customers })
  const [a, b] = [item(), item({ SellerId: 2 })] as const
  await atOnce(range(customers), async (customer) => {
    for (const line of customer % 2 === 0 ? [a, b] : [b, a]) await add(market, customer, line)
  })

  await Promise.all(
    range(customers).map((customer) => checkOut(market, customer, { tid: `x${customer}` })),
  )
  await market.settle()

  const marks = await onlyMarks(
    market,
    range(customers).map((customer) => `x${customer}`),
  )
  assert.ok(marks.every(({ status }) => status === 'SUCCESS'))
  for (const seller of [1, 2]) {
    assert.partialDeepStrictEqual(await market.stock(seller, 1), {
      qty_available: 10_000 - customers,
      qty_reserved: 0,
    })
  }
}

async function deliversEachPackageOnce(market: Market): Promise<void> {
  const sellers = range(10)
  const customers = range(10)
  await fill(market, { sellers: sellers.length, customers: customers.length })
  await atOnce(customers, (customer) =>
    buy(market, customer, {
      tid: `o${customer}`,
      lines: sellers.map((SellerId) => item({ SellerId })),
    }),
  )
  await market.settle()

  await Promise.all(range(10).map((tid) => market.send('PATCH', `/shipment/d${tid}`)))
  await market.settle()

  for (const customer of customers) {
    const shipment = await market.read<Stored.Shipment>(`/shipment/${customer}/1`)
    assert.equal(shipment.status, 'concluded')
    assert.ok(shipment.packages.every(({ status }) => status === 'delivered'))
    assert.equal((await market.customer(customer)).delivery_count, sellers.length)
    assert.equal((await market.orders(customer))[0]?.status, 'DELIVERED')
  }
}

async function numbersOrdersWithoutGaps(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  for (const number of range(50)) {
    await buy(market, 1, { tid: `s${number}`, lines: [item()] })
  }
  await Promise.all(
    range(50).map((number) =>
      buy(market, 1, { tid: `p${number}`, lines: [item()] }).catch(() => 0),
    ),
  )
  await market.settle()

  const ids = (await market.orders(1)).map(({ order_id }) => order_id)

  assert.deepEqual(ids, range(ids.length))
  assert.ok(ids.length > 50, `${ids.length} orders`)
  const marks = await market.marks()
  const succeeded = marks.filter(({ status }) => status === 'SUCCESS').length
  assert.equal(succeeded, ids.length)
  assert.equal(new Set(marks.map(({ tid }) => tid)).size, marks.length)
}

/** D: many at once. */
export const concurrencyChecks: readonly Check[] = [
  { id: 'D1', promise: 'sells each unit once, and every unit', run: sellsEachUnitOnce },
  { id: 'D3', promise: 'finishes checkouts whose lines cross', run: finishesCrossedCheckouts },
  { id: 'D5', promise: 'delivers each package once', run: deliversEachPackageOnce },
  {
    id: 'D6',
    promise: 'numbers the orders of a customer without gaps',
    run: numbersOrdersWithoutGaps,
  },
]
