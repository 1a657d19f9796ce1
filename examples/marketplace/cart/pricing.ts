import type { CartLine } from './contract.ts'

/** A price change of a product, as the replica of the cart service noted it. */
export interface PriceChange {
  /** Counted from 1 for each product. */
  readonly number: number
  readonly version: string
  readonly priceCents: number
  readonly atMs: number
}

/** A line, with what has to be known to find the price changes that came after it. */
export interface OpenLine extends CartLine {
  readonly addedAtMs: number
  /** The number of the last price change that is in its amounts; 0 for none. */
  readonly change: number
}

/**
 * A line after the price changes that came since it was put in.
 *
 * The customer pays what was seen: what a rise adds to the unit price is added to the voucher, what a fall takes
 * off is taken from it, and it never falls below nothing. Only changes of the line's own version count.
 */
export function repriceLine(line: OpenLine, changes: readonly PriceChange[]): OpenLine {
  return changes
    .filter((each) => each.version === line.version && isNews(line, each))
    .reduce(
      (now, { number, priceCents }) => ({
        ...now,
        unitPriceCents: priceCents,
        voucherCents: Math.max(0, now.voucherCents + priceCents - now.unitPriceCents),
        change: number,
      }),
      line,
    )
}

/**
 * Whether a change came after the line.
 *
 * A change in the very millisecond counts: when the line has its price already, it makes no difference.
 */
function isNews(line: OpenLine, change: PriceChange): boolean {
  return change.number > line.change && change.atMs >= line.addedAtMs
}
