import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import { buy, type Check, fill, item, onlyMarks, range } from './shop.ts'

interface Delivered {
  readonly deliveries: readonly {
    readonly customer_id: number
    readonly order_id: number
    readonly seller_id: number
  }[]
}

async function deliver(market: Market, tid: string): Promise<Delivered['deliveries']> {
  const { status, body } = await market.call<Delivered>('PATCH', `/shipment/${tid}`)
  assert.equal(status, 202)
  return body.deliveries
}

async function touchesTenSellers(market: Market): Promise<void> {
  await fill(market, { sellers: 12, customers: 1 })
  for (const SellerId of range(12)) {
    await buy(market, 1, { tid: `o${SellerId}`, lines: [item({ SellerId })] })
  }
  await market.settle()

  const first = await deliver(market, 'first')
  const second = await deliver(market, 'second')
  const third = await deliver(market, 'third')
  await market.settle()

  assert.deepEqual([first.length, second.length, third.length], [10, 2, 0])
  assert.equal(new Set([...first, ...second].map(({ seller_id }) => seller_id)).size, 12)
  assert.equal((await market.customer(1)).delivery_count, 12)
  const marks = await onlyMarks(market, ['first', 'second', 'third'])
  assert.ok(marks.every(({ type, status }) => type === 'UPDATE_DELIVERY' && status === 'SUCCESS'))
}

async function deliversTheOldestFirst(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 12 })
  const order = [10, 2, 11, 1, 12, 3]
  for (const customer of order) {
    await buy(market, customer, { tid: `o${customer}`, lines: [item()] })
    await market.settle()
  }

  const delivered: number[] = []
  for (const number of range(order.length)) {
    const deliveries = await deliver(market, `d${number}`)
    delivered.push(...deliveries.map(({ customer_id }) => customer_id))
  }

  assert.deepEqual(delivered, order)
}

async function answersARepetition(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 2 })
  await buy(market, 1, { tid: 'o1', lines: [item()] })
  await buy(market, 2, { tid: 'o2', lines: [item()] })
  await market.settle()

  const first = await deliver(market, 'same')
  const again = await deliver(market, 'same')
  const many = await Promise.all(range(10).map(() => deliver(market, 'other')))
  const more = await deliver(market, 'same')
  await market.settle()

  assert.equal(first.length, 1)
  assert.deepEqual(again, first)
  assert.deepEqual(more, first)
  for (const deliveries of many) assert.deepEqual(deliveries, many[0])
  const counts = await Promise.all([market.customer(1), market.customer(2)])
  assert.deepEqual(
    counts.map(({ delivery_count }) => delivery_count),
    [1, 1],
  )
  await onlyMarks(market, ['same', 'other'])
}

async function concludesWithTheLast(market: Market): Promise<void> {
  await fill(market, { sellers: 12, productsEach: 2, customers: 1 })
  await buy(market, 1, {
    tid: 'o',
    lines: [item({ ProductId: 2 }), ...range(12).map((SellerId) => item({ SellerId }))],
  })
  await market.settle()

  await deliver(market, 'first')
  await market.settle()
  const halfway = await market.read<Stored.Shipment>('/shipment/1/1')
  const [inTransit] = await market.orders(1)
  await deliver(market, 'second')
  await market.settle()

  assert.equal(halfway.status, 'delivery_in_progress')
  assert.equal(inTransit?.status, 'IN_TRANSIT')
  assert.equal((await market.read<Stored.Shipment>('/shipment/1/1')).status, 'concluded')
  assert.equal((await market.orders(1))[0]?.status, 'DELIVERED')
  assert.equal((await market.customer(1)).delivery_count, 13)
  for (const seller of range(12)) {
    assert.deepEqual((await market.dashboard(seller)).orderEntries, [])
  }
}

/** G: what the carrier does. */
export const deliveryChecks: readonly Check[] = [
  { id: 'G2', promise: 'touches ten sellers, then the rest, then nobody', run: touchesTenSellers },
  { id: 'G', promise: 'delivers the oldest order of a seller first', run: deliversTheOldestFirst },
  { id: 'G', promise: 'answers a repeated delivery as the first time', run: answersARepetition },
  { id: 'G', promise: 'concludes an order with its last package', run: concludesWithTheLast },
]
