import type { OrderedLine, PricedLine, Totals } from './contract.ts'

/** A line with its amounts. A voucher never takes off more than the line costs. */
export function priceLine(line: OrderedLine): PricedLine {
  const grossCents = line.unitPriceCents * line.quantity
  const discountCents = Math.min(line.voucherCents, grossCents)
  return { ...line, grossCents, discountCents, netCents: grossCents - discountCents }
}

/** The amounts of an order. Freight counts once for each line, whatever its quantity. */
export function totalsOf(lines: readonly PricedLine[]): Totals {
  const sum = (amount: (line: PricedLine) => number): number =>
    lines.reduce((total, line) => total + amount(line), 0)
  const amountCents = sum((line) => line.netCents)
  const freightCents = sum((line) => line.freightCents)
  return {
    itemsCents: sum((line) => line.grossCents),
    incentiveCents: sum((line) => line.discountCents),
    amountCents,
    freightCents,
    invoiceCents: amountCents + freightCents,
  }
}

/** The sellers of some lines, each once. */
export function sellersOf(lines: readonly { readonly sellerId: number }[]): number[] {
  return [...new Set(lines.map(({ sellerId }) => sellerId))]
}
