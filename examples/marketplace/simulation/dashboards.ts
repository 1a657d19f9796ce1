// What sellers see on their dashboards.
import { atEnd, type Facts, type Finding, type Invariant } from 'dure/simulate'
import type { z } from 'zod'
import { Order, type OrderStatus } from '../order/contract.ts'
import { OrderItem } from '../order/order.ts'
import { Seller, type SellerSummary } from '../seller/contract.ts'
import { OpenOrders } from '../seller/views.ts'
import { orderKey } from '../values.ts'
import { customers } from './goods.ts'

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

/** What a seller has in the orders of one customer, after each step of these: `1 INVOICED, 2 IN_TRANSIT`. */
type Stages = readonly string[]

interface Look {
  readonly sellerId: number
  readonly atMs: number
  readonly endedAtMs: number
  readonly entries: Dashboard['entries']
}

/**
 * The orders of a customer are in one partition, so a dashboard shows them as they were after one of their steps; and who
 * looks after somebody has looked sees no earlier step.
 */
const dashboardsAreOfOneMoment = atEnd(
  'what a dashboard shows of a customer was so at one moment, and never goes back',
  (facts) => {
    const looks = looksAt(facts)
    if (looks.length === 0) return true
    for (const customerId of customers) {
      for (const [sellerId, own] of Map.groupBy(looks, (look) => look.sellerId)) {
        const finding = judgeLooks(stagesOf(facts, customerId, sellerId), customerId, own)
        if (finding !== undefined)
          return `seller ${sellerId} saw of customer ${customerId}: ${finding}`
      }
    }
    return true
  },
)

function looksAt({ history }: Facts): Look[] {
  return history.flatMap(({ type, result, answer, data, atMs, endedAtMs = atMs }) => {
    if (type !== Seller.dashboard.type || result !== 'ok') return []
    // Why the casts: question and answer are what the contract says.
    const { sellerId } = data as { readonly sellerId: number }
    const { entries } = (answer as { readonly output: Dashboard }).output
    return [{ sellerId, atMs, endedAtMs, entries }]
  })
}

function stagesOf(facts: Facts, customerId: number, sellerId: number): Stages {
  const steps = [
    ...facts
      .events(Order.InvoiceIssued)
      .filter(({ data }) => data.lines.some((line) => line.sellerId === sellerId))
      .map(({ data, position }) => ({ data, position, status: 'INVOICED' })),
    ...orderSteps.flatMap(([event, status]) =>
      facts.events(event).map(({ data, position }) => ({ data, position, status })),
    ),
  ].filter(({ data }) => data.customerId === customerId)
  const open = new Map<number, string>()
  const stages = ['']
  for (const { data, status } of steps.toSorted((one, other) => one.position - other.position)) {
    if (status === 'INVOICED' || open.has(data.orderId)) open.set(data.orderId, status)
    if (status === 'gone') open.delete(data.orderId)
    stages.push(stageText(open))
  }
  return stages
}

const orderSteps = [
  [Order.PaymentProcessed, 'PAYMENT_PROCESSED'],
  [Order.ReadyForShipment, 'READY_FOR_SHIPMENT'],
  [Order.InTransit, 'IN_TRANSIT'],
  [Order.Delivered, 'gone'],
  [Order.OrderFailed, 'gone'],
] as const

function stageText(open: ReadonlyMap<number, string>): string {
  const orders = [...open].toSorted(([one], [other]) => one - other)
  return orders.map(([orderId, status]) => `${orderId} ${status}`).join(', ')
}

/** Gives what was shown and was never so, or not any more. */
function judgeLooks(
  stages: Stages,
  customerId: number,
  looks: readonly Look[],
): string | undefined {
  const seen: { readonly endedAtMs: number; readonly stage: number }[] = []
  for (const { atMs, endedAtMs, entries } of looks) {
    const own = entries.filter((entry) => entry.customerId === customerId)
    const shown = stageText(new Map(own.map(({ orderId, orderStatus }) => [orderId, orderStatus])))
    const before = seen.filter((each) => each.endedAtMs < atMs).map(({ stage }) => stage)
    const stage = stages.indexOf(shown, Math.max(0, ...before))
    if (stage < 0) return shown
    seen.push({ endedAtMs, stage })
  }
  return undefined
}

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
  dashboardsAreOfOneMoment,
]
