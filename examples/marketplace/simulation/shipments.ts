// What is true of shipments and packages, and of what customers are told of them.
import { atEnd, type Facts, type Finding, type Invariant, watch } from 'dure/simulate'
import type { z } from 'zod'
import { CustomerCounters } from '../customer/views.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { type Part, Shipment } from '../shipment/contract.ts'
import { OpenParts } from '../shipment/views.ts'
import { orderKey } from '../values.ts'
import { customers } from './goods.ts'

interface Line {
  readonly sellerId: number
  readonly productId: number
  readonly quantity: number
  readonly freightCents: number
}

interface Sent {
  readonly sellers: readonly number[]
  /** Sellers by package; it goes when it is delivered. */
  readonly open: Map<number, number>
}

interface Warehouse {
  readonly invoiced: Map<string, readonly Line[]>
  readonly paid: Set<string>
  readonly sent: Map<string, Sent>
}

const emptyWarehouse = (): Warehouse => ({ invoiced: new Map(), paid: new Set(), sent: new Map() })

const packagesAreThoseOfPaidOrders = watch('packages are those of paid orders', emptyWarehouse)
  .on(Order.InvoiceIssued, ({ invoiced }, { data }) => {
    invoiced.set(orderKey(data), data.lines)
    return true
  })
  .on(Payment.PaymentConfirmed, ({ paid }, { data }) => {
    paid.add(orderKey(data))
    return true
  })
  .on(Shipment.ShipmentCreated, ({ invoiced, paid, sent }, { data }) => {
    const key = orderKey(data)
    if (!paid.has(key)) return `order ${key} is shipped and not paid`
    if (sent.has(key)) return `order ${key} is shipped twice`
    const sellers = data.packages.map(({ sellerId }) => sellerId)
    sent.set(key, {
      sellers,
      open: new Map(data.packages.map((each) => [each.packageId, each.sellerId])),
    })
    const [is, should] = [data.packages.map(lineText), (invoiced.get(key) ?? []).map(lineText)]
    return is.join() === should.join() || `order ${key}: ${is.join()} sent for ${should.join()}`
  })
  .on(Shipment.PackagesDelivered, ({ sent }, { data }) => deliver(sent.get(orderKey(data)), data))
  .atRest(({ paid, sent }) => {
    const missing = [...paid].find((key) => !sent.has(key))
    return missing === undefined || `order ${missing} is paid and not shipped`
  })

function lineText({ sellerId, productId, quantity, freightCents }: Line): string {
  return `${quantity} of ${sellerId}/${productId} for ${freightCents}`
}

function deliver(
  sent: Sent | undefined,
  delivered: z.infer<typeof Shipment.PackagesDelivered.schema>,
): Finding {
  const { sellerId, packageIds, concluded } = delivered
  const key = orderKey(delivered)
  if (!sent) return `packages of order ${key} are delivered and were not sent`
  for (const id of packageIds) {
    if (sent.open.get(id) !== sellerId) return `package ${id} of order ${key} is delivered again`
    sent.open.delete(id)
  }
  const left = sent.open
    .values()
    .filter((each) => each === sellerId)
    .toArray().length
  if (left > 0) return `${left} packages of seller ${sellerId} stay behind in order ${key}`
  return concluded === (sent.open.size === 0) || `order ${key} is concluded: ${concluded}`
}

const carrierKnowsTheRest = atEnd('the carrier has before it what is not delivered', (facts) => {
  const open = new Set(
    facts
      .events(Shipment.ShipmentCreated)
      .flatMap(({ data }) => data.packages.map(({ sellerId }) => partText({ ...data, sellerId }))),
  )
  for (const { data } of facts.events(Shipment.PackagesDelivered)) open.delete(partText(data))
  const shown = facts.documents(OpenParts).values().map(partText).toArray().toSorted().join()
  const should = [...open].toSorted().join()
  return shown === should || `${shown} are shown as open, and ${should} are`
})

function partText(part: Part): string {
  return `${orderKey(part)}/${part.sellerId}`
}

/** A delivery tells the parts that it brought, whatever became of its calls. */
const deliveriesAreTrue = atEnd('what a carrier was told is so', (facts) => {
  const brought = Map.groupBy(
    facts.events(Shipment.PackagesDelivered),
    ({ data }) => data.transaction,
  )
  for (const { type, data } of facts.history) {
    if (type !== 'answered delivery') continue
    // Why the cast: the note of this name is made of this.
    const told = data as { readonly transaction: string; readonly parts: readonly Part[] }
    const should = (brought.get(told.transaction) ?? []).map((each) => partText(each.data))
    const [is, was] = [told.parts.map(partText).toSorted().join(), should.toSorted().join()]
    if (is !== was) return `delivery ${told.transaction} brought ${was} and was told ${is}`
  }
  return true
})

const customersAreCounted = atEnd("customers' counters are what happened to them", (facts) => {
  for (const customerId of customers) {
    const own = <E extends { readonly data: { readonly customerId: number } }>(
      events: readonly E[],
    ): E[] => events.filter(({ data }) => data.customerId === customerId)
    const should = {
      succeeded: own(facts.events(Payment.PaymentConfirmed)).length,
      failed: own(facts.events(Payment.PaymentFailed)).length,
      delivered: deliveredTo(facts, customerId),
    }
    const is = facts.documents(CustomerCounters).get(String(customerId)) ?? none
    if (JSON.stringify(is) !== JSON.stringify(should)) {
      return `customer ${customerId} has ${JSON.stringify(is)} and should have ${JSON.stringify(should)}`
    }
  }
  return true
})

const none = { succeeded: 0, failed: 0, delivered: 0 }

function deliveredTo(facts: Facts, customerId: number): number {
  return facts
    .events(Shipment.PackagesDelivered)
    .filter(({ data }) => data.customerId === customerId)
    .reduce((sum, { data }) => sum + data.packageIds.length, 0)
}

export const shipmentInvariants: readonly Invariant[] = [
  packagesAreThoseOfPaidOrders,
  carrierKnowsTheRest,
  deliveriesAreTrue,
  customersAreCounted,
]
