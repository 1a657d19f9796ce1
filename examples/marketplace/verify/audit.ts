// Looks at a marketplace in which nobody knows what happened, and says whether it can have happened.
import assert from 'node:assert/strict'
import type { Market } from './market.ts'
import type { Stored } from './shapes.ts'
import { atOnce, range, sum } from './shop.ts'

export interface AuditScope {
  readonly sellers: number
  readonly customers: number
  /** Units of every item before anybody bought. */
  readonly inventory: number
}

interface Books {
  readonly orders: readonly Stored.Order[]
  readonly shipments: ReadonlyMap<string, Stored.Shipment>
  readonly payments: ReadonlyMap<string, readonly Stored.Payment[]>
}

/** What was found, for the one who asked. */
export interface AuditReport {
  readonly orders: number
  readonly failed: number
  readonly delivered: number
}

const chain = ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED']
const keyOf = (order: Stored.Order): string => `${order.customer_id}/${order.order_id}`
const isFailed = ({ status }: Stored.Order): boolean => status === 'PAYMENT_FAILED'

/**
 * Audits an idle marketplace: each order is paid, shipped and taken out of the stock once or not at all; the numbers
 * of orders have no gaps; counters, dashboards and marks say what the orders say.
 */
export async function audit(market: Market, scope: AuditScope): Promise<AuditReport> {
  await market.settle()
  const books = await readBooks(market, scope)
  assertNumbers(books.orders)
  assertHistories(books.orders)
  assertPaidAndShipped(books)
  await assertStock(market, scope, books)
  await assertCustomers(market, scope, books)
  await assertDashboards(market, scope, books)
  await assertMarks(market, books)
  return {
    orders: books.orders.length,
    failed: books.orders.filter(isFailed).length,
    delivered: books.orders.filter(({ status }) => status === 'DELIVERED').length,
  }
}

async function readBooks(market: Market, { customers }: AuditScope): Promise<Books> {
  const orders = (await atOnce(range(customers), (customer) => market.orders(customer))).flat()
  const shipments = new Map<string, Stored.Shipment>()
  const payments = new Map<string, readonly Stored.Payment[]>()
  await atOnce(orders, async (order) => {
    const key = keyOf(order)
    const shipment = await market.call<Stored.Shipment>('GET', `/shipment/${key}`)
    if (shipment.status === 200) shipments.set(key, shipment.body)
    payments.set(key, await market.read<Stored.Payment[]>(`/payment/${key}`))
  })
  return { orders, shipments, payments }
}

function assertNumbers(orders: readonly Stored.Order[]): void {
  for (const [customer, own] of Map.groupBy(orders, ({ customer_id }) => customer_id)) {
    const ids = own.map(({ order_id }) => order_id)
    assert.deepEqual(ids, range(ids.length), `order numbers of customer ${customer}`)
  }
}

function assertHistories(orders: readonly Stored.Order[]): void {
  for (const order of orders) {
    const statuses = order.history.map(({ status }) => status)
    const expected = isFailed(order) ? ['INVOICED', 'PAYMENT_FAILED'] : chain
    assert.deepEqual(statuses, expected.slice(0, statuses.length), keyOf(order))
    assert.equal(order.total_amount, sum(order.items.map((line) => line.total_amount)))
    assert.notEqual(order.status, 'INVOICED', `${keyOf(order)} is neither paid nor failed`)
    assert.notEqual(order.status, 'PAYMENT_PROCESSED', `${keyOf(order)} is paid and not shipped`)
  }
}

function assertPaidAndShipped({ orders, shipments, payments }: Books): void {
  for (const order of orders) {
    const key = keyOf(order)
    const [main] = payments.get(key) ?? []
    assert.equal(main?.status, isFailed(order) ? 'requires_payment_method' : 'succeeded', key)
    assert.equal(main?.value, order.total_invoice, key)
    assert.equal(
      shipments.get(key)?.package_count ?? 0,
      isFailed(order) ? 0 : order.count_items,
      key,
    )
  }
}

async function assertStock(market: Market, scope: AuditScope, { orders }: Books): Promise<void> {
  const sold = new Map<string, { units: number; lines: number }>()
  for (const line of orders.filter((order) => !isFailed(order)).flatMap(({ items }) => items)) {
    const key = `${line.seller_id}/${line.product_id}`
    const { units, lines } = sold.get(key) ?? { units: 0, lines: 0 }
    sold.set(key, { units: units + line.quantity, lines: lines + 1 })
  }
  await atOnce(range(scope.sellers), async (seller) => {
    for (const item of await market.read<Stored.StockItem[]>(`/stock/${seller}`)) {
      const key = `${item.seller_id}/${item.product_id}`
      const { units, lines } = sold.get(key) ?? { units: 0, lines: 0 }
      const { qty_available, qty_reserved, order_count } = item
      assert.deepEqual(
        { qty_available, qty_reserved, order_count },
        { qty_available: scope.inventory - units, qty_reserved: 0, order_count: lines },
        `stock of ${key}`,
      )
    }
  })
}

async function assertCustomers(market: Market, scope: AuditScope, books: Books): Promise<void> {
  await atOnce(range(scope.customers), async (id) => {
    const own = books.orders.filter(({ customer_id }) => customer_id === id)
    const packages = own.flatMap((order) => books.shipments.get(keyOf(order))?.packages ?? [])
    const { success_payment_count, failed_payment_count, delivery_count } =
      await market.customer(id)
    assert.deepEqual(
      { success_payment_count, failed_payment_count, delivery_count },
      {
        success_payment_count: own.filter((order) => !isFailed(order)).length,
        failed_payment_count: own.filter(isFailed).length,
        delivery_count: packages.filter(({ status }) => status === 'delivered').length,
      },
      `counters of customer ${id}`,
    )
  })
}

async function assertDashboards(market: Market, scope: AuditScope, books: Books): Promise<void> {
  const dashboards = await atOnce(range(scope.sellers), (seller) => market.dashboard(seller))
  const open = books.orders.filter((order) => !isFailed(order) && order.status !== 'DELIVERED')
  assert.equal(
    sum(dashboards.map(({ sellerView }) => sellerView.total_invoice)),
    sum(open.map((order) => order.total_invoice)),
    'open invoices on dashboards',
  )
  assert.equal(
    dashboards.flatMap(({ orderEntries }) => orderEntries).length,
    open.flatMap(({ items }) => items).length,
    'open lines on dashboards',
  )
}

async function assertMarks(market: Market, { orders }: Books): Promise<void> {
  const marks = await market.marks()
  const twice = marks.length - new Set(marks.map(({ type, tid }) => `${type} ${tid}`)).size
  assert.equal(twice, 0, `${twice} transactions ended twice`)
  const sessions = marks.filter(({ type }) => type === 'CUSTOMER_SESSION')
  assert.equal(
    sessions.filter(({ status }) => status === 'SUCCESS').length,
    orders.filter((order) => !isFailed(order)).length,
    'checkouts that succeeded',
  )
}
