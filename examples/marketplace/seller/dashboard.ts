import type { OrderEntry, SellerSummary } from './contract.ts'
import type { OpenPart } from './views.ts'

/** The lines of open orders, one by one. */
export function entriesOf(parts: readonly OpenPart[]): OrderEntry[] {
  return parts.flatMap(({ lines, status, ...part }) =>
    lines.map(({ grossCents, discountCents, netCents, ...line }) => ({
      ...part,
      ...line,
      itemsCents: grossCents,
      incentiveCents: discountCents,
      amountCents: netCents,
      invoiceCents: netCents + line.freightCents,
      orderStatus: status,
    })),
  )
}

/** The sums over some lines: made from the lines themselves, so the two cannot disagree. */
export function summaryOf(entries: readonly OrderEntry[]): SellerSummary {
  const sum = (amount: (entry: OrderEntry) => number): number =>
    entries.reduce((total, entry) => total + amount(entry), 0)
  const orders = new Set(entries.map(({ customerId, orderId }) => `${customerId}/${orderId}`))
  return {
    orders: orders.size,
    items: entries.length,
    itemsCents: sum((entry) => entry.itemsCents),
    amountCents: sum((entry) => entry.amountCents),
    incentiveCents: sum((entry) => entry.incentiveCents),
    freightCents: sum((entry) => entry.freightCents),
    invoiceCents: sum((entry) => entry.invoiceCents),
  }
}
