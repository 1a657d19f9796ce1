import assert from 'node:assert/strict'
import { generateCatalogue, type Row } from '../generate.ts'
import type { Market } from './market.ts'
import { atOnce, type Check, checkoutBody, fill, item } from './shop.ts'

/** Rows as an ingestion sends them. */
interface Rows {
  readonly path: string
  readonly read: (row: Row) => string
  readonly rows: readonly Row[]
}

const catalogue = generateCatalogue({
  sellers: 10,
  productsEach: 10,
  customers: 100,
  seed: 1,
  nowMs: Date.UTC(2026, 0, 1),
})

function ingestion(): readonly Rows[] {
  const itemPath = (path: string) => (row: Row) =>
    `${path}/${String(row['seller_id'])}/${String(row['product_id'])}`
  const idPath = (path: string) => (row: Row) => `${path}/${String(row['id'])}`
  return [
    { path: '/stock', read: itemPath('/stock'), rows: [...catalogue.stock()] },
    { path: '/product', read: itemPath('/product'), rows: [...catalogue.products()] },
    { path: '/seller', read: idPath('/seller'), rows: [...catalogue.sellers()] },
    { path: '/customer', read: idPath('/customer'), rows: [...catalogue.customers()] },
  ]
}

async function ingest(market: Market): Promise<readonly unknown[]> {
  const stored: unknown[] = []
  for (const { path, read, rows } of ingestion()) {
    await atOnce(rows, async (row) => {
      const { status } = await market.call('POST', path, row)
      assert.equal(status, 201, `POST ${path}`)
    })
    stored.push(...(await atOnce(rows, (row) => market.read(read(row)))))
  }
  return stored
}

async function readsRowsBack(market: Market): Promise<void> {
  const first = await ingest(market)
  const sent = ingestion().flatMap(({ rows }) => rows)
  for (const [index, row] of sent.entries())
    assert.partialDeepStrictEqual(first[index], readable(row))

  const second = await ingest(market)

  assert.deepEqual(second, first)
  assert.equal((await market.read<unknown[]>('/product/3')).length, 10)
  assert.equal((await market.read<unknown[]>('/stock/3')).length, 10)
}

/** The security number of a card is sent, and never comes back. */
function readable({ card_security_number: _secret, ...row }: Row): Row {
  return row
}

async function takesBothVerbs(market: Market): Promise<void> {
  await fill(market, { sellers: 2, customers: 1 })
  const lines = [item({ Quantity: 2, Voucher: 0.5 }), item({ SellerId: 2 })] as const

  await market.send('PATCH', '/cart/1/add', lines[0])
  await market.send('PUT', '/cart/1/add', lines[1])
  assert.deepEqual((await market.cart(1)).items, lines)
  await market.send('PATCH', '/cart/1/seal')
  assert.deepEqual((await market.cart(1)).items, [])
  await market.send('PUT', '/cart/1/add', lines[0])
  await market.send('POST', '/cart/1/seal')

  const { status, items } = await market.cart(1)
  assert.deepEqual({ status, items }, { status: 'OPEN', items: [] })
}

async function readsAnyCase(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })
  const line = { sellerId: 1, product_id: 1, productname: 'thing', UNITPRICE: 3, quantity: 2 }

  await market.send('PATCH', '/cart/1/add', line)

  const [stored] = (await market.cart(1)).items
  assert.partialDeepStrictEqual(stored, {
    SellerId: 1,
    ProductName: 'thing',
    UnitPrice: 3,
    Quantity: 2,
  })
}

async function replacesTheLine(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 1 })

  await market.send('PATCH', '/cart/1/add', item({ Quantity: 1 }))
  await market.send('PATCH', '/cart/1/add', item({ Quantity: 7, UnitPrice: 4 }))

  assert.deepEqual((await market.cart(1)).items, [item({ Quantity: 7, UnitPrice: 4 })])
}

const unknownPaths = [
  '/cart/999',
  '/cart/999/history/none',
  '/product/99',
  '/product/99/99',
  '/stock/99',
  '/stock/99/99',
  '/order/999',
  '/payment/9/9',
  '/shipment/9/9',
  '/customer/999',
  '/seller/999',
  '/seller/dashboard/999',
  '/transactions/none',
]

async function findsNothingUnknown(market: Market): Promise<void> {
  for (const path of unknownPaths) {
    assert.equal((await market.call('GET', path)).status, 404, path)
  }
  const increase = { seller_id: 99, product_id: 99, quantity: 1 }
  assert.equal((await market.call('PATCH', '/stock', increase)).status, 404)
  assert.equal((await market.call('PATCH', '/cart/999/seal')).status, 404)
  assert.equal((await market.call('DELETE', '/cart/999')).status, 404)
}

async function refusesWhatDoesNotFit(market: Market): Promise<void> {
  await fill(market, { sellers: 1, customers: 2 })
  const wrong = [
    ['PATCH', '/cart/1/add', item({ Quantity: 0 }), 405],
    ['PATCH', '/cart/1/add', item({ Quantity: -1 }), 405],
    ['PATCH', '/cart/1/add', item({ Quantity: 1.5 }), 400],
    ['PATCH', '/cart/1/add', item({ UnitPrice: -1 }), 400],
    ['PATCH', '/cart/1/add', { ...item(), SellerId: '1' }, 400],
    ['PATCH', '/cart/zero/add', item(), 400],
    ['POST', '/product', { seller_id: 1, product_id: 1, price: 'free' }, 400],
    ['POST', '/stock', { seller_id: 1, product_id: 1, qty_available: -1 }, 400],
    ['POST', '/customer', { id: 0 }, 400],
    ['POST', '/cart/1/checkout', { ...checkoutBody(1, 'x'), PaymentType: 'GOLD' }, 400],
    ['POST', '/cart/1/checkout', { ...checkoutBody(1, 'x'), instanceId: 'ü' }, 400],
  ] as const
  for (const [method, path, body, expected] of wrong) {
    const { status } = await market.call(method, path, body)
    assert.equal(status, expected, `${method} ${path} ${JSON.stringify(body)}`)
  }
  assert.equal((await market.call('GET', '/cart/1')).status, 404)
  const { status } = await market.call('GET', '/transactions/x')
  assert.equal(status, 404)
}

/** A: rows, verbs, casing, and what is refused. */
export const contractChecks: readonly Check[] = [
  {
    id: 'A1',
    promise: 'reads every ingested row back, and an ingestion repeated changes nothing',
    run: readsRowsBack,
  },
  {
    id: 'A2',
    promise: 'takes both verbs for add and seal, in the published casing',
    run: takesBothVerbs,
  },
  { id: 'A2', promise: 'reads names in any case', run: readsAnyCase },
  { id: 'A2', promise: 'replaces the line of the same product', run: replacesTheLine },
  { id: 'A2', promise: 'answers 404 for what is not there', run: findsNothingUnknown },
  {
    id: 'A2',
    promise: 'refuses what does not fit, and keeps nothing of it',
    run: refusesWhatDoesNotFit,
  },
]
