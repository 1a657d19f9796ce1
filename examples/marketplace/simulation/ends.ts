// How transactions end: each once, and as its client was told.
import { atEnd, type Facts, type Finding, type Invariant, watch } from 'dure/simulate'
import { CartMarks, Replica } from '../cart/views.ts'
import { Cart } from '../cart/contract.ts'
import { Checkout } from '../checkout.ts'
import type { Mark } from '../marks.ts'
import { Order } from '../order/contract.ts'
import { OrderMarks } from '../order/views.ts'
import { Payment } from '../payment/contract.ts'
import { PaymentMarks } from '../payment/service.ts'
import { Product } from '../product/contract.ts'
import { Shipment } from '../shipment/contract.ts'
import { ShipmentMarks } from '../shipment/views.ts'
import { Stock } from '../stock/contract.ts'
import { StockMarks } from '../stock/views.ts'
import { checkoutKey, type CheckoutRef } from '../values.ts'

type End = 'shipped' | 'declined' | 'nothing there' | 'given up' | 'refused'

interface Ends {
  readonly begun: Set<string>
  readonly ended: Map<string, End>
}

function end({ begun, ended }: Ends, checkout: CheckoutRef, how: End): Finding {
  const key = checkoutKey(checkout)
  const before = ended.get(key)
  ended.set(key, how)
  if (before) return `checkout ${key} is ${how} after it was ${before}`
  return how === 'refused' || begun.has(key) || `checkout ${key} is ${how} and has not begun`
}

const checkoutsEndOnce = watch(
  'a checkout ends once',
  (): Ends => ({ begun: new Set(), ended: new Map() }),
)
  .on(Cart.CheckoutRequested, ({ begun }, { data }) => {
    const isNew = !begun.has(checkoutKey(data))
    begun.add(checkoutKey(data))
    return isNew || `checkout ${checkoutKey(data)} begins twice`
  })
  .on(Cart.CheckoutRefused, (ends, { data }) => end(ends, data, 'refused'))
  .on(Stock.CheckoutRefused, (ends, { data }) => end(ends, data, 'nothing there'))
  .on(Payment.PaymentFailed, (ends, { data }) => end(ends, data, 'declined'))
  .on(Order.CheckoutAborted, (ends, { data }) => end(ends, data, 'given up'))
  .on(Shipment.ShipmentCreated, (ends, { data }) => end(ends, data, 'shipped'))
  .atRest(({ begun, ended }, facts) => {
    for (const key of begun) if (!ended.has(key)) return `checkout ${key} has not ended`
    const sagas = new Map(facts.sagas(Checkout).map(({ key, status }) => [key, status]))
    for (const [key, how] of ended) {
      const should = how === 'refused' ? undefined : how === 'shipped' ? 'completed' : 'compensated'
      if (sagas.get(key) !== should) return `checkout ${key} is ${how}, its saga ${sagas.get(key)}`
    }
    return true
  })

/** An order exists for a checkout of which something was reserved, once. */
const oneOrderEach = watch('a checkout has one order at most', () => new Set<string>()).on(
  Order.InvoiceIssued,
  (known, { data }) => {
    const isNew = !known.has(checkoutKey(data))
    known.add(checkoutKey(data))
    return isNew || `checkout ${checkoutKey(data)} has two orders`
  },
)

const marksAreEnds = atEnd('there is one mark for each end', (facts) => {
  const marks = allMarks(facts).map(({ type, status, actorId, transaction }) =>
    [type, status, actorId, transaction].join(' '),
  )
  const ends = [
    ...facts.events(Shipment.ShipmentCreated).map(({ data }) => session('SUCCESS', data)),
    ...facts.events(Stock.CheckoutRefused).map(({ data }) => session('NOT_ACCEPTED', data)),
    ...facts.events(Payment.PaymentFailed).map(({ data }) => session('NOT_ACCEPTED', data)),
    ...facts.events(Cart.CheckoutRefused).map(({ data }) => session('NOT_ACCEPTED', data)),
    ...facts.events(Order.CheckoutAborted).map(({ data }) => session('ABORT', data)),
    ...facts
      .events(Product.PriceUpdated)
      .map(({ data }) => `PRICE_UPDATE SUCCESS ${data.sellerId} ${data.transaction}`),
    ...facts
      .events(Product.ProductReplaced)
      .map(({ data }) => `UPDATE_PRODUCT SUCCESS ${data.product.sellerId} ${data.transaction}`),
    ...new Set(
      facts
        .events(Shipment.DeliveryConcluded)
        .map(({ data }) => `UPDATE_DELIVERY SUCCESS 0 ${data.transaction}`),
    ),
  ]
  return difference(marks, ends)
})

function session(status: Mark['status'], { customerId, transaction }: CheckoutRef): string {
  return `CUSTOMER_SESSION ${status} ${customerId} ${transaction}`
}

export function allMarks(facts: Facts): Mark[] {
  const prices = facts.documents(Replica).values()
  return [
    ...[CartMarks, StockMarks, OrderMarks, PaymentMarks, ShipmentMarks].flatMap((view) => [
      ...facts.documents(view).values(),
    ]),
    ...prices.flatMap((document) => (document.kind === 'mark' ? [document] : [])),
  ]
}

/** What one list has and the other one has not, with how often. */
function difference(marks: readonly string[], ends: readonly string[]): Finding {
  const counts = new Map<string, number>()
  for (const end of ends) counts.set(end, (counts.get(end) ?? 0) + 1)
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) - 1)
  const wrong = [...counts].find(([, count]) => count !== 0)
  return !wrong || `${wrong[1] > 0 ? 'no mark' : 'a mark too many'} for ${wrong[0]}`
}

/** What clients were told is what happened. */
const answersAreTrue = atEnd('what a client of a checkout was told is so', (facts) => {
  const begun = new Set(facts.events(Cart.CheckoutRequested).map(({ data }) => checkoutKey(data)))
  const refused = new Map(
    facts.events(Cart.CheckoutRefused).map(({ data }) => [checkoutKey(data), data.reason]),
  )
  for (const { type, data } of facts.history) {
    if (type !== 'answered checkout') continue
    // Why the cast: the note of this name is made of this.
    const told = data as CheckoutRef & { readonly refused?: string }
    const isTrue =
      told.refused === undefined
        ? begun.has(checkoutKey(told))
        : refused.get(checkoutKey(told)) === told.refused
    if (!isTrue) return `checkout ${checkoutKey(told)} was answered ${told.refused ?? 'accepted'}`
  }
  return true
})

export const endInvariants: readonly Invariant[] = [
  checkoutsEndOnce,
  oneOrderEach,
  marksAreEnds,
  answersAreTrue,
]
