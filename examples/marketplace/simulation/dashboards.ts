// What sellers see on their dashboards.
import { atEnd, type Facts, type Finding, type Invariant } from 'dure/simulate'
import type { z } from 'zod'
import { Order, type OrderStatus } from '../order/contract.ts'
import { OrderItem } from '../order/order.ts'
import { Seller, type SellerSummary } from '../seller/contract.ts'
import { OpenOrders } from '../seller/views.ts'
import { orderKey } from '../values.ts'

type Dashboard = z.infer<(typeof Seller.dashboard.spec)['output']>

const sumsAreThoseOfTheLines = atEnd('the sums of a dashboard are those of its lines', (facts) => {
  for (const { summary, entries } of dashboardsSeen(facts)) {
    const sums: SellerSummary = {
      orders: new Set(entries.map(orderKey)).size,
      items: entries.length,
      itemsCents: 0,
      amountCents: 0,
      incentiveCents: 0,
      freightCents: 0,
      invoiceCents: 0,
    }
    for (const entry of entries) {
      const gross = entry.unitPriceCents * entry.quantity
      sums.itemsCents += gross
      sums.incentiveCents += entry.incentiveCents
      sums.amountCents += gross - entry.incentiveCents
      sums.freightCents += entry.freightCents
      sums.invoiceCents += gross - entry.incentiveCents + entry.freightCents
    }
    const [is, should] = [JSON.stringify(summary), JSON.stringify(sums)]
    if (is !== should) return `the sums are ${is} and should be ${should}`
  }
  return true
})

function dashboardsSeen({ history }: Facts): Dashboard[] {
  return history.flatMap(({ type, result, answer }) =>
    // Why the cast: the answer of a query is what its contract says.
    type === Seller.dashboard.type && result === 'ok'
      ? [(answer as { output: Dashboard }).output]
      : [],
  )
}

const openOrdersAreShown = atEnd(
  'dashboards show the lines of open orders, and no others',
  (facts) => {
    const states = facts.states(OrderItem)
    const statusOf = (key: string): OrderStatus => states.get(key)?.status ?? 'INVOICED'
    const open = facts
      .events(Order.InvoiceIssued)
      .map(({ data }) => data)
      .filter((order) => !['PAYMENT_FAILED', 'DELIVERED'].includes(statusOf(orderKey(order))))
    const should = open.flatMap((order) =>
      order.lines.map(({ sellerId, productId, netCents }) =>
        [orderKey(order), sellerId, productId, netCents, statusOf(orderKey(order))].join(' '),
      ),
    )
    const shown = facts
      .documents(OpenOrders)
      .values()
      .toArray()
      .flatMap(({ lines, sellerId, status, ...order }) =>
        lines.map(({ productId, netCents }) =>
          [orderKey(order), sellerId, productId, netCents, status].join(' '),
        ),
      )
    return isSameSet(shown, should)
  },
)

function isSameSet(shown: readonly string[], should: readonly string[]): Finding {
  const missing = should.find((each) => !shown.includes(each))
  if (missing !== undefined) return `${missing} is not shown`
  const surplus = shown.find((each) => !should.includes(each))
  if (surplus !== undefined) return `${surplus} is shown, and is not open`
  return shown.length === should.length || 'a line is shown twice'
}

export const dashboardInvariants: readonly Invariant[] = [
  sumsAreThoseOfTheLines,
  openOrdersAreShown,
]
