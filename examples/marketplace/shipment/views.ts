import { view } from 'dure'
import { z } from 'zod'
import { marksView, noteMark } from '../marks.ts'
import { sortable } from '../values.ts'
import { Part, Shipment } from './contract.ts'

/** Parts that wait for the carrier, in the order of their request. */
export const OpenParts = view('open-parts', { document: Part, consistency: 'inline' })
  .on(Shipment.ShipmentCreated, {
    key: (shipment) => [
      ...new Set(shipment.packages.map(({ sellerId }) => openKey({ ...shipment, sellerId }))),
    ],
    evolve: (_part, { customerId, orderId, packages, requestedAtMs }, { documentKey }) => {
      const part = packages
        .map(({ sellerId }) => ({ customerId, orderId, sellerId }))
        .find((each) => openKey({ ...each, requestedAtMs }) === documentKey)
      return part
    },
  })
  .on(Shipment.PackagesDelivered, { key: openKey, evolve: () => undefined })

/** Sorts by request, then customer, then order: as numbers, not as text. */
function openKey(part: Part & { readonly requestedAtMs: number }): string {
  const order = [part.requestedAtMs, part.customerId, part.orderId, part.sellerId]
  return order.map(sortable).join('/')
}

/** What each delivery planned and did. */
export const Deliveries = view('deliveries', {
  document: z.object({
    rounds: z.int(),
    planned: z.array(Part),
    delivered: z.array(Part),
    concluded: z.boolean(),
  }),
  consistency: 'inline',
})
  .on(Shipment.DeliveryPlanned, {
    key: ({ transaction }) => transaction,
    evolve: (delivery, { parts }) => ({
      rounds: (delivery?.rounds ?? 0) + 1,
      planned: [...(delivery?.planned ?? []), ...parts],
      delivered: [],
      concluded: false,
    }),
  })
  .on(Shipment.DeliveryConcluded, {
    key: ({ transaction }) => transaction,
    evolve: (delivery, { delivered }) => ({
      rounds: delivery?.rounds ?? 0,
      planned: delivery?.planned ?? [],
      delivered,
      concluded: true,
    }),
  })

/** Checkouts end here when the shipment exists, and deliveries when they are done. */
export const ShipmentMarks = marksView
  .on(
    Shipment.ShipmentCreated,
    noteMark(({ transaction, customerId }) => ({
      transaction,
      type: 'CUSTOMER_SESSION',
      actorId: customerId,
      status: 'SUCCESS',
    })),
  )
  .on(
    Shipment.DeliveryConcluded,
    noteMark(({ transaction }) => ({
      transaction,
      type: 'UPDATE_DELIVERY',
      actorId: 0,
      status: 'SUCCESS',
    })),
  )
