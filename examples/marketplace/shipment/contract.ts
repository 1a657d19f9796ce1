import { contract } from 'dure'
import { z } from 'zod'
import { markQueries } from '../marks.ts'
import {
  Address,
  AtMs,
  Cents,
  CentsTotal,
  Id,
  ItemRef,
  OrderRef,
  Quantity,
  Text,
  Transaction,
} from '../values.ts'

/** What is sent for one order line. */
const Packed = ItemRef.extend({ productName: Text, freightCents: Cents, quantity: Quantity })

export const Package = Packed.extend({
  packageId: z.int().min(1),
  status: z.enum(['shipped', 'delivered']),
  shippedAtMs: AtMs,
  deliveredAtMs: AtMs.optional(),
  /** The carrier's transaction that brought it. */
  deliveredBy: Transaction.optional(),
})

/** The packages of one seller in one order: what a carrier delivers at a time. */
export const Part = OrderRef.extend({ sellerId: Id })
export type Part = z.infer<typeof Part>

/** The most sellers that one update of the carrier touches. */
export const sellersPerDelivery = 10
/** The most open parts that a delivery chooses from. */
export const openPartsMax = 10_000

const ShipmentRow = OrderRef.extend({
  transaction: Transaction,
  address: Address,
  requestedAtMs: AtMs,
  freightCents: CentsTotal,
  packages: z.array(Package),
})

export const Shipment = contract('shipment', {
  commands: {
    create: {
      input: OrderRef.extend({
        transaction: Transaction,
        address: Address,
        packages: z.array(Packed).min(1),
      }),
      output: z.object({ requestedAtMs: AtMs }),
      summary: 'Ships an order: one package for each line.',
    },
    deliver: {
      input: Part.extend({ transaction: Transaction }),
      output: z.object({ packages: z.int().min(0) }),
      summary: "Delivers one seller's packages of one order.",
    },
    plan: {
      input: z.object({
        transaction: Transaction,
        /** Parts to choose from, the oldest first. */
        open: z.array(Part).max(openPartsMax),
        partsMax: z.int().min(1).max(sellersPerDelivery),
      }),
      output: z.object({ parts: z.array(Part) }),
      summary: 'Keeps parts for a delivery, so that no other one takes them.',
    },
    conclude: {
      input: z.object({ transaction: Transaction, delivered: z.array(Part) }),
      summary: 'Ends a delivery.',
    },
  },
  events: {
    ShipmentCreated: ShipmentRow,
    PackagesDelivered: Part.extend({
      transaction: Transaction,
      packageIds: z.array(z.int()),
      /** All sellers of the order. */
      sellers: z.array(Id),
      requestedAtMs: AtMs,
      deliveredAtMs: AtMs,
      /** Whether these were the last packages of the order. */
      concluded: z.boolean(),
    }),
    DeliveryPlanned: z.object({
      transaction: Transaction,
      parts: z.array(Part),
      untilMs: AtMs,
    }),
    DeliveryConcluded: z.object({ transaction: Transaction, delivered: z.array(Part) }),
  },
  queries: {
    shipment: {
      input: OrderRef,
      output: ShipmentRow.extend({
        status: z.enum(['approved', 'delivery_in_progress', 'concluded']),
      }),
      rejects: { NotFound: z.object({}) },
      summary: 'The shipment of an order, with its packages.',
    },
    delivery: {
      input: z.object({ transaction: Transaction }),
      output: z.object({
        concluded: z.boolean(),
        /** How often parts were planned. */
        rounds: z.int(),
        planned: z.array(Part),
        delivered: z.array(Part),
      }),
      summary: 'How far a delivery has come.',
    },
    openParts: {
      input: z.object({ limit: z.int().min(1).max(openPartsMax) }),
      output: z.array(Part),
      summary: 'Parts that wait for the carrier, the oldest first.',
    },
    ...markQueries,
  },
})
