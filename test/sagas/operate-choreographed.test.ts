// What an operator does to sagas that nobody coordinates.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SagaRequest } from '../../src/sagas/operating/saga-operations.ts'
import { openChoreographedTravel, type TravelBench } from './travel-bench.ts'

function ask(act: 'cancel' | 'retry' | 'compensate', key: string): SagaRequest {
  return { act, saga: 'travel', key, reason: 'the customer asked', by: 'ann' }
}

/** The instance, as a list shows it, and what its participants have written in their logs. */
async function lookAt({ running, stores }: TravelBench, key: string): Promise<readonly string[]> {
  const [instance] = (await running.sagas({ key })).instances
  const events: string[] = []
  for (const store of stores.values()) {
    for (const { kind, type } of await store.read({ partition: 0, after: 0, limit: 1_000 }))
      if (kind === 'event') events.push(type)
  }
  return [instance?.status ?? 'none', ...events.toSorted()]
}

describe('an operator', () => {
  it('sees how a saga that is passed on has ended, and what it is parked for', async () => {
    await using bench = await openChoreographedTravel('refuse pay t2', 'refuse issue t3')
    await bench.plan('t1', 't2', 't3')

    const { instances } = await bench.running.sagas()

    const seen = instances.map(({ key, status, steps, why }) => [key, status, steps.join(), why])
    assert.deepEqual(seen, [
      ['t1', 'completed', '', undefined],
      ['t2', 'compensated', '', 'Broke'],
      ['t3', 'parked', 'ticket', 'Closed'],
    ])
  })

  it('has a parked saga go on, from the step that was refused', async () => {
    await using bench = await openChoreographedTravel('refuse issue t1')
    await bench.plan('t1')
    bench.troubles.delete('refuse issue t1')

    const { status } = await bench.running.intervene(ask('retry', 't1'))
    await bench.settle()

    assert.equal(status, 'running')
    const after = await lookAt(bench, 't1')
    assert.deepEqual(after, [
      'completed',
      'agency.Confirmed',
      'agency.Planned',
      'bank.Paid',
      'hotel.Booked',
      'rail.Issued',
    ])
    await assert.rejects(bench.running.intervene(ask('retry', 't1')), { code: 'SAGA_ENDED' })
  })

  it('has an undo that was refused tried again; and again, when it is refused again', async () => {
    await using bench = await openChoreographedTravel('refuse pay t1', 'refuse release t1')
    await bench.plan('t1')
    assert.equal((await lookAt(bench, 't1'))[0], 'parked')

    await bench.running.intervene(ask('retry', 't1'))
    await bench.settle()
    assert.equal((await lookAt(bench, 't1'))[0], 'parked')
    bench.troubles.delete('refuse release t1')
    await bench.running.intervene(ask('compensate', 't1'))
    await bench.settle()

    const after = await lookAt(bench, 't1')
    assert.deepEqual(after, ['compensated', 'agency.Planned', 'hotel.Booked', 'hotel.Released'])
  })

  it('declares a parked saga settled', async () => {
    await using bench = await openChoreographedTravel('refuse issue t1')
    await bench.plan('t1')
    const settled = { saga: 'travel', key: 't1', reason: 'sold at the counter' }

    const { status } = await bench.running.intervene({
      ...settled,
      act: 'resolve',
      as: 'completed',
    })

    assert.equal(status, 'completed')
    assert.equal((await lookAt(bench, 't1'))[0], 'completed')
    assert.equal((await bench.running.idle()).idle, true)
  })

  it('cancels a saga on its way: whoever it comes to next turns it back', async () => {
    await using bench = await openChoreographedTravel('break pay t1')
    await bench.plan('t1')
    const [waiting] = await bench.running.parked()
    assert.ok(waiting)

    const { status } = await bench.running.intervene(ask('cancel', 't1'))
    await bench.settle()
    assert.equal(status, 'running')
    bench.troubles.clear()
    await bench.running.redrive(waiting.id)
    await bench.settle()

    const after = await lookAt(bench, 't1')
    assert.deepEqual(after, ['compensated', 'agency.Planned', 'hotel.Booked', 'hotel.Released'])
    const [instance] = (await bench.running.sagas({ key: 't1' })).instances
    assert.equal(instance?.why, 'Cancelled')
    assert.equal((await bench.running.idle()).idle, true)
  })

  it('cancels too late behind the pivot: the saga goes on', async () => {
    await using bench = await openChoreographedTravel('break issue t1')
    await bench.plan('t1')
    const [waiting] = await bench.running.parked()
    assert.ok(waiting)

    await bench.running.intervene(ask('cancel', 't1'))
    await bench.settle()
    bench.troubles.clear()
    await bench.running.redrive(waiting.id)
    await bench.settle()

    assert.equal((await lookAt(bench, 't1'))[0], 'completed')
  })
})
