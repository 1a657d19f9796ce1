import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { given } from '../testing/given.ts'
import { Carrier, planLeaseMs } from './carrier.ts'
import { type Part, Shipment } from './contract.ts'
import { OrderShipment } from './shipment.ts'
import { noAddress } from '../testing/address.ts'

const order = { customerId: 1, orderId: 1 }
const packed = (sellerId: number, productId: number) => ({
  sellerId,
  productId,
  productName: '',
  freightCents: 100,
  quantity: 1,
})
const create = Shipment.create({
  ...order,
  transaction: 'x',
  address: noAddress,
  packages: [packed(1, 1), packed(1, 2), packed(2, 1)],
})
const [createdEvent] = given(OrderShipment).when(create, { atMs: 5 }).events
const created = Shipment.ShipmentCreated(createdEvent?.data as never)
const deliver = (sellerId: number, transaction: string) =>
  Shipment.deliver({ ...order, sellerId, transaction })

function delivered(sellerId: number, packageIds: number[], transaction: string) {
  const times = { requestedAtMs: 5, deliveredAtMs: 6 }
  const part = { ...order, sellerId, transaction, packageIds, sellers: [1, 2] }
  return Shipment.PackagesDelivered({ ...part, ...times, concluded: false })
}

describe('a shipment', () => {
  it('has one package for each line, numbered from one', () => {
    assert.partialDeepStrictEqual(created.data, {
      freightCents: 300,
      requestedAtMs: 5,
      packages: [
        { packageId: 1, sellerId: 1, status: 'shipped' },
        { packageId: 2, sellerId: 1, status: 'shipped' },
        { packageId: 3, sellerId: 2, status: 'shipped' },
      ],
    })
  })

  it('is created once', () => {
    const { events, output } = given(OrderShipment, created).when(create, { atMs: 9 })

    assert.deepEqual(events, [])
    assert.deepEqual(output, { requestedAtMs: 5 })
  })

  it("delivers all of a seller's packages, and is concluded with the last", () => {
    const first = given(OrderShipment, created).when(deliver(1, 'a'))
    const last = given(OrderShipment, created, delivered(1, [1, 2], 'a')).when(deliver(2, 'b'))

    assert.deepEqual(first.output, { packages: 2 })
    assert.partialDeepStrictEqual(first.events[0]?.data, { packageIds: [1, 2], concluded: false })
    assert.partialDeepStrictEqual(last.events[0]?.data, { packageIds: [3], concluded: true })
  })

  it('delivers a package once, and tells whose delivery it was', () => {
    const history = [created, delivered(1, [1, 2], 'a')]

    const same = given(OrderShipment, ...history).when(deliver(1, 'a'))
    const other = given(OrderShipment, ...history).when(deliver(1, 'b'))

    assert.deepEqual([same.events, same.output], [[], { packages: 2 }])
    assert.deepEqual([other.events, other.output], [[], { packages: 0 }])
  })

  it('delivers nothing of an order that was never shipped', () => {
    assert.deepEqual(given(OrderShipment).when(deliver(1, 'a')).output, { packages: 0 })
  })
})

describe('the carrier', () => {
  const part = (sellerId: number, orderId = 1): Part => ({ customerId: 1, orderId, sellerId })
  const plan = (transaction: string, open: Part[], partsMax = 10) =>
    Shipment.plan({ transaction, open, partsMax })
  const planned = (transaction: string, parts: Part[], untilMs: number) =>
    Shipment.DeliveryPlanned({ transaction, parts, untilMs })

  it('plans the oldest part of each seller, so many sellers at most', () => {
    const open = [part(1), part(1, 2), part(2), part(3)]

    assert.deepEqual(given(Carrier).when(plan('a', open)).output, {
      parts: [part(1), part(2), part(3)],
    })
    assert.deepEqual(given(Carrier).when(plan('a', open, 2)).output, { parts: [part(1), part(2)] })
  })

  it('gives a part that another delivery has planned to nobody else', () => {
    const open = [part(1), part(1, 2), part(2)]
    const other = planned('a', [part(1), part(2)], 2_000)

    assert.deepEqual(given(Carrier, other).when(plan('b', open)).output, { parts: [part(1, 2)] })
  })

  it('gives it again when the delivery has died', () => {
    const dead = planned('a', [part(1)], 2_000)

    const early = given(Carrier, dead).when(plan('b', [part(1)]), { atMs: 1_999 })
    const late = given(Carrier, dead).when(plan('b', [part(1)]), { atMs: 2_000 })

    assert.deepEqual(early.output, { parts: [] })
    assert.deepEqual(late.output, { parts: [part(1)] })
    assert.partialDeepStrictEqual(late.events[0]?.data, { untilMs: 2_000 + planLeaseMs })
  })

  it('remembers nothing of a delivery that is concluded', () => {
    const { state } = given(Carrier, planned('a', [part(1)], 9_000)).when(
      Shipment.conclude({ transaction: 'a', delivered: [part(1)] }),
    )

    assert.deepEqual(state, { claims: {} })
  })
})
