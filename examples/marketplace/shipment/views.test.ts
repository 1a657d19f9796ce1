import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { documentsAfter } from '../testing/documents.ts'
import { Shipment } from './contract.ts'
import { Deliveries, OpenParts } from './views.ts'
import { noAddress } from '../testing/address.ts'

interface Shipped {
  readonly customerId: number
  readonly requestedAtMs: number
  readonly sellers?: readonly number[]
}

function shipped({ customerId, requestedAtMs, sellers = [1] }: Shipped) {
  return Shipment.ShipmentCreated({
    customerId,
    orderId: 1,
    transaction: 't',
    address: noAddress,
    requestedAtMs,
    freightCents: 0,
    packages: sellers.map((sellerId, index) => ({
      sellerId,
      productId: 1,
      productName: '',
      freightCents: 0,
      quantity: 1,
      packageId: index + 1,
      status: 'shipped',
      shippedAtMs: requestedAtMs,
    })),
  })
}

function delivered(customerId: number, sellerId: number) {
  return Shipment.PackagesDelivered({
    customerId,
    orderId: 1,
    sellerId,
    transaction: 'd',
    packageIds: [1],
    sellers: [1, 2],
    requestedAtMs: 5,
    deliveredAtMs: 9,
    concluded: false,
  })
}

describe('the parts that wait for the carrier', () => {
  it('are one for each seller of an order', () => {
    const parts = documentsAfter(
      OpenParts,
      shipped({ customerId: 1, requestedAtMs: 5, sellers: [2, 1, 2] }),
    )

    assert.deepEqual(
      [...parts.values()],
      [
        { customerId: 1, orderId: 1, sellerId: 2 },
        { customerId: 1, orderId: 1, sellerId: 1 },
      ],
    )
  })

  it('sort by request, then customer: as numbers', () => {
    const parts = documentsAfter(
      OpenParts,
      shipped({ customerId: 10, requestedAtMs: 5 }),
      shipped({ customerId: 2, requestedAtMs: 5 }),
      shipped({ customerId: 1, requestedAtMs: 30 }),
    )

    const sorted = [...parts].toSorted(([one], [other]) => (one < other ? -1 : 1))
    assert.deepEqual(
      sorted.map(([, part]) => (part as { customerId: number }).customerId),
      [2, 10, 1],
    )
  })

  it('wait no longer when they are delivered', () => {
    const parts = documentsAfter(
      OpenParts,
      shipped({ customerId: 1, requestedAtMs: 5, sellers: [1, 2] }),
      delivered(1, 1),
    )

    assert.deepEqual([...parts.values()], [{ customerId: 1, orderId: 1, sellerId: 2 }])
  })
})

describe('the record of a delivery', () => {
  it('holds what was planned in each round, and what came of it', () => {
    const part = (sellerId: number) => ({ customerId: 1, orderId: 1, sellerId })
    const planned = (sellerId: number) =>
      Shipment.DeliveryPlanned({ transaction: 'd', parts: [part(sellerId)], untilMs: 0 })

    const records = documentsAfter(
      Deliveries,
      planned(1),
      planned(2),
      Shipment.DeliveryConcluded({ transaction: 'd', delivered: [part(2)] }),
    )

    assert.deepEqual(records.get('d'), {
      rounds: 2,
      planned: [part(1), part(2)],
      delivered: [part(2)],
      concluded: true,
    })
  })
})
