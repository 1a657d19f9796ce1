import { aggregate } from 'dure'
import type { z } from 'zod'
import { orderKey } from '../values.ts'
import { type Package, Shipment } from './contract.ts'

type StoredPackage = z.infer<typeof Package>
type Created = z.infer<typeof Shipment.ShipmentCreated.schema>

interface ShipmentState {
  readonly created: Omit<Created, 'packages'> | null
  readonly packages: readonly StoredPackage[]
}

/** The shipment of one order. */
export const OrderShipment = aggregate(Shipment, 'shipment', {
  stored: 'state',
  key: orderKey,
  initial: (): ShipmentState => ({ created: null, packages: [] }),
  decide: {
    create: ({ created }, command, { reply, atMs }) => {
      if (created) return reply({ requestedAtMs: created.requestedAtMs })
      const { packages, ...order } = command
      return reply(
        { requestedAtMs: atMs },
        Shipment.ShipmentCreated({
          ...order,
          requestedAtMs: atMs,
          freightCents: packages.reduce((sum, { freightCents }) => sum + freightCents, 0),
          packages: packages.map((each, index) => ({
            ...each,
            packageId: index + 1,
            status: 'shipped',
            shippedAtMs: atMs,
          })),
        }),
      )
    },
    deliver: ({ created, packages }, command, { reply, atMs }) => {
      const { transaction, sellerId } = command
      const own = packages.filter((each) => each.sellerId === sellerId)
      const open = own.filter(({ status }) => status === 'shipped')
      if (!created || open.length === 0) {
        return reply({ packages: own.filter((each) => each.deliveredBy === transaction).length })
      }
      return reply(
        { packages: open.length },
        Shipment.PackagesDelivered({
          ...command,
          packageIds: open.map(({ packageId }) => packageId),
          sellers: [...new Set(packages.map((each) => each.sellerId))],
          requestedAtMs: created.requestedAtMs,
          deliveredAtMs: atMs,
          concluded: packages.every(
            (each) => each.status === 'delivered' || each.sellerId === sellerId,
          ),
        }),
      )
    },
  },
  evolve: {
    ShipmentCreated: (_state, { packages, ...created }) => ({ created, packages }),
    PackagesDelivered: ({ created, packages }, { packageIds, deliveredAtMs, transaction }) => {
      const delivered = { status: 'delivered', deliveredAtMs, deliveredBy: transaction } as const
      return {
        created,
        packages: packages.map((each) =>
          packageIds.includes(each.packageId) ? { ...each, ...delivered } : each,
        ),
      }
    },
  },
})

/** How far a shipment is, by its packages. */
export function statusOf(
  packages: readonly StoredPackage[],
): 'approved' | 'delivery_in_progress' | 'concluded' {
  const delivered = packages.filter(({ status }) => status === 'delivered').length
  if (delivered === 0) return 'approved'
  return delivered === packages.length ? 'concluded' : 'delivery_in_progress'
}
