import { aggregate } from 'dure'
import { orderKey } from '../values.ts'
import { type Part, Shipment } from './contract.ts'

/** How long a delivery keeps the parts that it planned, in milliseconds. After that others may take them. */
export const planLeaseMs = 10_000

interface Claim {
  readonly transaction: string
  readonly untilMs: number
}

interface CarrierState {
  /** Parts that are planned and not yet delivered. */
  readonly claims: Readonly<Record<string, Claim>>
}

/**
 * The carrier: gives every delivery its own parts.
 *
 * There is one, so deliveries that run at once choose one after the other and never the same part. A delivery that
 * died in between loses its parts after a while; the shipments themselves let each package be delivered only once.
 */
export const Carrier = aggregate(Shipment, 'carrier', {
  stored: 'state',
  key: () => 'carrier',
  initial: (): CarrierState => ({ claims: {} }),
  decide: {
    plan: ({ claims }, { transaction, open, partsMax }, { reply, atMs }) => {
      const parts = chooseParts(
        open.filter((part) => (claims[partKey(part)]?.untilMs ?? 0) <= atMs),
        partsMax,
      )
      const untilMs = atMs + planLeaseMs
      return reply({ parts }, Shipment.DeliveryPlanned({ transaction, parts, untilMs }))
    },
    conclude: (_state, command) => Shipment.DeliveryConcluded(command),
  },
  evolve: {
    DeliveryPlanned: ({ claims }, { transaction, parts, untilMs }, { atMs }) => {
      const live = Object.entries(claims).filter(([, claim]) => claim.untilMs > atMs)
      const added = parts.map((part) => [partKey(part), { transaction, untilMs }] as const)
      return { claims: Object.fromEntries([...live, ...added]) }
    },
    DeliveryConcluded: ({ claims }, { transaction }) => ({
      claims: Object.fromEntries(
        Object.entries(claims).filter(([, claim]) => claim.transaction !== transaction),
      ),
    }),
  },
})

/** The first part of each seller, in the order given: the oldest first. */
function chooseParts(open: readonly Part[], partsMax: number): Part[] {
  const chosen = new Map<number, Part>()
  for (const part of open) {
    if (chosen.size === partsMax) break
    if (!chosen.has(part.sellerId)) chosen.set(part.sellerId, part)
  }
  return [...chosen.values()]
}

export function partKey(part: Part): string {
  return `${orderKey(part)}/${part.sellerId}`
}
