// What is true of money.
import { type Finding, type Invariant, watch } from 'dure/simulate'
import type { z } from 'zod'
import { Cart, type CartLine } from '../cart/contract.ts'
import { Order, type PricedLine, type Totals } from '../order/contract.ts'
import { OrderItem } from '../order/order.ts'
import { Payment, type PaymentLine } from '../payment/contract.ts'
import { checkoutKey, itemKey, orderKey } from '../values.ts'

type Invoice = z.infer<typeof Order.InvoiceIssued.schema>

interface Books {
  /** Lines that were handed in, by customer and transaction. */
  readonly submitted: Map<string, readonly CartLine[]>
  readonly invoices: Map<string, Invoice>
  /** What each order was paid with. */
  readonly paid: Map<string, number>
  readonly declined: Set<string>
}

const emptyBooks = (): Books => ({
  submitted: new Map(),
  invoices: new Map(),
  paid: new Map(),
  declined: new Set(),
})

/** From cart to invoice to payment: no cent appears or is lost, and nobody pays twice. */
const moneyIsConserved = watch('money is conserved', emptyBooks)
  .on(Cart.CheckoutRequested, ({ submitted }, { data }) => {
    submitted.set(checkoutKey(data), data.lines)
    return true
  })
  .on(Order.InvoiceIssued, ({ submitted, invoices }, { data }) => {
    const handedIn = submitted.get(checkoutKey(data)) ?? []
    invoices.set(orderKey(data), data)
    return judgeLines(handedIn, data.lines) ?? judgeTotals(data)
  })
  .on(Payment.PaymentConfirmed, ({ invoices, paid, declined }, { data }) => {
    const key = orderKey(data)
    const invoice = invoices.get(key)
    if (!invoice) return `order ${key} is paid and does not exist`
    if (paid.has(key) || declined.has(key)) return `order ${key} is paid after its payment ended`
    paid.set(key, data.payments[0]?.valueCents ?? 0)
    return judgePayments(invoice, data.payments)
  })
  .on(Payment.PaymentFailed, ({ paid, declined }, { data }) => {
    const key = orderKey(data)
    declined.add(key)
    return !paid.has(key) || `order ${key} is declined after it was paid`
  })
  .atRest(({ invoices, paid }, facts) => {
    const states = facts.states(OrderItem)
    const due = invoices
      .values()
      .filter((invoice) => states.get(orderKey(invoice))?.status !== 'PAYMENT_FAILED')
      .reduce((sum, { totals }) => sum + totals.invoiceCents, 0)
    const got = paid.values().reduce((sum, cents) => sum + cents, 0)
    return due === got || `${got} cents were paid, and ${due} are due`
  })

/** What is invoiced was handed in just so: at that price, in that number, with that voucher. */
function judgeLines(handedIn: readonly CartLine[], lines: readonly PricedLine[]): Finding {
  for (const line of lines) {
    const asked = handedIn.find((each) => itemKey(each) === itemKey(line))
    const isSame =
      asked?.unitPriceCents === line.unitPriceCents &&
      asked.quantity === line.quantity &&
      asked.voucherCents === line.voucherCents &&
      asked.freightCents === line.freightCents
    if (!isSame) return `${JSON.stringify(line)} is invoiced for ${JSON.stringify(asked)}`
  }
  const distinct = new Set(lines.map(itemKey)).size
  return distinct === lines.length ? undefined : 'a line is invoiced twice'
}

/** The rounding rules, written down a second time. */
function judgeTotals({ lines, totals }: Invoice): Finding {
  const sums: Totals = {
    itemsCents: 0,
    incentiveCents: 0,
    amountCents: 0,
    freightCents: 0,
    invoiceCents: 0,
  }
  for (const line of lines) {
    const gross = line.unitPriceCents * line.quantity
    const discount = line.voucherCents > gross ? gross : line.voucherCents
    if (line.netCents !== gross - discount)
      return `${JSON.stringify(line)} costs ${gross - discount}`
    sums.itemsCents += gross
    sums.incentiveCents += discount
    sums.amountCents += gross - discount
    sums.freightCents += line.freightCents
    sums.invoiceCents += gross - discount + line.freightCents
  }
  const [is, should] = [JSON.stringify(totals), JSON.stringify(sums)]
  return is === should || `the totals are ${is} and should be ${should}`
}

/** One payment of the whole, then the vouchers for information, numbered without a gap. */
function judgePayments({ lines, totals }: Invoice, payments: readonly PaymentLine[]): Finding {
  const vouchers = lines.map(({ discountCents }) => discountCents).filter((cents) => cents > 0)
  const should = [totals.invoiceCents, ...vouchers].map((cents, index) => [index + 1, cents])
  const is = payments.map(({ sequential, valueCents }) => [sequential, valueCents])
  const isSame = JSON.stringify(is) === JSON.stringify(should)
  return isSame || `payments are ${JSON.stringify(is)} and should be ${JSON.stringify(should)}`
}

export const moneyInvariants: readonly Invariant[] = [moneyIsConserved]
