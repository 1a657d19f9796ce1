import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { sagaView } from '../../src/sagas/coordinator.ts'
import { logPageMax } from '../../src/sagas/operating/read-between.ts'
import type { SagaMoment } from '../../src/sagas/operating/saga-operations.ts'
import { Order, shop, Stock } from '../systems/shop.ts'
import { Hotel } from '../systems/travel.ts'
import { openTravel } from './travel-bench.ts'

/** One moment on a line: who, what, which step. */
function sayMoment({ service, what, step, isUndo, attempt, type, says }: SagaMoment): string {
  const name = step === undefined ? [] : [`${isUndo ? 'undo:' : ''}${step}`]
  const again = attempt > 0 ? [`#${attempt}`] : []
  return [service, what, ...name, ...again, type ?? '', says ?? ''].filter(Boolean).join(' ')
}

describe('the story of a saga', () => {
  it('tells from the logs what was sent and done, by whom, in the order of causes', async () => {
    await using bench = await openTravel()
    await bench.plan('t0', 't1')

    const { moments, waits, by, unseen } = await bench.running.saga('travel', 't1')

    assert.deepEqual(moments.map(sayMoment), [
      'agency started',
      'agency sent room hotel.book',
      'hotel event room hotel.Booked',
      'hotel done room hotel.book',
      'agency sent money bank.pay',
      'bank event money bank.Paid',
      'bank done money bank.pay',
      'agency sent ticket rail.issue',
      'rail event ticket rail.Issued',
      'rail done ticket rail.issue',
      'agency done confirm agency.Confirmed',
      'agency ended completed',
    ])
    assert.deepEqual([waits, by, unseen], [[], 'agency', []])
  })

  it('tells of rejections, undos, what an operator did, and what was sent again', async () => {
    await using bench = await openTravel('refuse pay t1', 'refuse release t1')
    await bench.plan('t1')
    bench.troubles.clear()
    const request = { act: 'retry', saga: 'travel', key: 't1', by: 'ann' } as const
    await bench.running.intervene({ ...request, reason: 'it is monday' })
    await bench.settle()

    const { moments } = await bench.running.saga('travel', 't1')

    assert.deepEqual(moments.slice(4).map(sayMoment), [
      'agency sent money bank.pay',
      'bank rejected money bank.pay Broke',
      'agency sent undo:room hotel.release',
      'hotel rejected undo:room hotel.release Closed',
      'agency intervened retry by ann: it is monday',
      'agency sent undo:room #1 hotel.release',
      'hotel event undo:room #1 hotel.Released',
      'hotel done undo:room #1 hotel.release',
      'agency ended compensated: money Broke',
    ])
  })

  it('is told of one that its participants pass on, too, though nobody keeps a record of it', async () => {
    const clock = virtualClock()
    const broker = memoryBroker({ clock })
    const place = { stores: memoryStores(), broker, clock }
    await using running = await startSystem(shop(undefined, 'choreographed'), place)
    const lines = [{ item: 'tea', quantity: 1 }]
    await running.execute(Stock.supply({ item: 'tea', quantity: 1 }))
    await running.execute(Order.place({ orderId: 'o1', account: 'ann', cents: 1, lines }))
    await clock.advance(60_000)

    const { moments, waits } = await running.saga('place-order', 'o1')

    assert.deepEqual(moments.map(sayMoment), [
      'order started',
      'order sent stock/0 stock.reserve',
      'stock event stock/0 stock.Reserved',
      'stock sent payment payment.pay',
      'payment event payment payment.Paid',
      'payment sent confirm order.confirm',
      'order event confirm order.Confirmed',
      'order ended completed',
    ])
    assert.deepEqual(waits, [])
  })

  it('says what is waited for, and since when', async () => {
    await using bench = await openTravel('break book t1')
    await bench.plan('t1')

    const { waits, state } = await bench.running.saga('travel', 't1')

    assert.deepEqual(waits, [
      {
        step: 'room',
        isUndo: false,
        type: 'hotel.book',
        service: 'hotel',
        sinceMs: state.startedAtMs,
      },
    ])
  })

  it('is found in logs of many pages, however much came before and after', async () => {
    await using bench = await openTravel('break pay t1')
    const book = async (from: number): Promise<void> => {
      const orders = Array.from({ length: logPageMax + 10 }, (_, index) =>
        bench.running.execute(Hotel.book({ tripId: `x${from + index}` })),
      )
      await Promise.all(orders)
      await bench.clock.advance(3_600_000)
    }
    await book(0)
    await bench.plan('t1')
    await book(10_000)
    bench.troubles.clear()
    const [parked] = await bench.running.parked()
    await bench.running.redrive(parked?.id ?? '')
    await bench.settle()
    await book(20_000)

    const { moments } = await bench.running.saga('travel', 't1')

    assert.equal(moments.length, 12)
    assert.equal(moments.at(-1)?.says, 'completed')
  })

  it('is told by the state alone of what the logs do not hold', async () => {
    await using bench = await openTravel('refuse issue t1')
    await bench.plan('t1')
    const request = { act: 'resolve', saga: 'travel', key: 't1', as: 'completed' } as const

    await bench.running.intervene({ ...request, reason: 'flown' })

    const { moments } = await bench.running.saga('travel', 't1')
    assert.deepEqual(moments.slice(-2).map(sayMoment), [
      'agency intervened resolve as completed: flown',
      'agency ended completed',
    ])
    assert.equal(sagaView('travel').name, 'saga:travel')
  })
})
