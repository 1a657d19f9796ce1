import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SagaPage, SagaRequest } from '../../src/sagas/operating/saga-operations.ts'
import { openTravel } from './travel-bench.ts'

const cancel = (key: string, facts: { readonly id?: string } = {}): SagaRequest => ({
  act: 'cancel',
  saga: 'travel',
  key,
  reason: 'the customer asked',
  by: 'ann',
  ...facts,
})

function names({ instances }: SagaPage): readonly string[] {
  return instances.map(({ key, status }) => `${key} ${status}`)
}

describe('listing sagas', () => {
  it('filters by saga, status and key', async () => {
    await using bench = await openTravel('refuse pay t2', 'refuse issue t3', 'break book t4')
    await bench.plan('t1', 't2', 't3', 't4')
    const { running } = bench

    const all = names(await running.sagas())
    const lists = await Promise.all([
      running.sagas({ saga: 'travel', status: 'completed' }),
      running.sagas({ status: 'open' }),
      running.sagas({ status: 'parked' }),
      running.sagas({ key: 't2' }),
      running.sagas({ key: 't2', status: 'parked' }),
      running.sagas({ key: 'none' }),
    ])

    assert.deepEqual(all, ['t1 completed', 't2 compensated', 't3 parked', 't4 running'])
    assert.deepEqual(lists.map(names), [
      ['t1 completed'],
      ['t4 running'],
      ['t3 parked'],
      ['t2 compensated'],
      [],
      [],
    ])
    const [, waiting, parked] = lists
    assert.deepEqual(waiting?.instances[0]?.steps, ['room'])
    assert.deepEqual(
      [parked?.instances[0]?.steps, parked?.instances[0]?.why, parked?.instances[0]?.by],
      [['ticket'], 'Closed', 'agency'],
    )
    await assert.rejects(running.sagas({ saga: 'none' }), { code: 'SAGA_UNKNOWN' })
  })

  it('gives page after page, each instance once', async () => {
    await using bench = await openTravel()
    const keys = Array.from({ length: 7 }, (_, index) => `t/${index}`)
    await bench.plan(...keys)

    const seen: string[] = []
    let after: string | undefined
    let pages = 0
    do {
      const page = await bench.running.sagas({ limit: 3, ...(after !== undefined && { after }) })
      seen.push(...page.instances.map(({ key }) => key))
      after = page.next
      pages += 1
    } while (after !== undefined)

    assert.deepEqual([seen, pages], [keys, 3])
    const exact = await bench.running.sagas({ limit: 7 })
    assert.equal(exact.next, undefined)
  })
})

describe('intervening in a saga', () => {
  it('cancels a running instance; what is done late is undone', async () => {
    await using bench = await openTravel('break book t1')
    await bench.plan('t1')
    const { running, troubles } = bench

    const answer = await running.intervene(cancel('t1'))
    troubles.clear()
    const [parked] = await running.parked()
    await running.redrive(parked?.id ?? '')
    await bench.settle()

    assert.equal(answer.status, 'compensating')
    const { state, moments } = await running.saga('travel', 't1')
    assert.deepEqual([state.status, state.failure?.rejected], ['compensated', 'Cancelled'])
    assert.ok(moments.some(({ type }) => type === 'hotel.Released'))
  })

  it('completes a parked instance when it is retried after the cause was mended', async () => {
    await using bench = await openTravel('refuse issue t1')
    await bench.plan('t1')
    const { running, troubles } = bench
    const retry = { act: 'retry', saga: 'travel', key: 't1', reason: 'it is monday' } as const

    const early = await running.intervene(retry)
    await bench.settle()
    const stillParked = (await running.saga('travel', 't1')).state
    troubles.clear()
    await running.intervene(retry)
    await bench.settle()

    assert.deepEqual([early.status, stillParked.status], ['running', 'parked'])
    const { state } = await running.saga('travel', 't1')
    assert.deepEqual([state.status, state.interventions?.length], ['completed', 2])
    const { idle } = await running.idle()
    assert.equal(idle, true)
  })

  it('compensates a parked instance that turned back, and resolves one whole', async () => {
    await using bench = await openTravel(
      ...['t1', 't2'].flatMap((trip) => [`refuse pay ${trip}`, `refuse release ${trip}`]),
    )
    await bench.plan('t1', 't2')
    const { running, troubles } = bench
    troubles.clear()
    const base = { saga: 'travel', reason: 'by hand' } as const

    await running.intervene({ ...base, key: 't1', act: 'compensate' })
    const settled = await running.intervene({
      ...base,
      key: 't2',
      act: 'resolve',
      as: 'compensated',
    })
    await bench.settle()

    const one = await running.saga('travel', 't1')
    const other = await running.saga('travel', 't2')
    assert.deepEqual([one.state.status, settled.status], ['compensated', 'compensated'])
    assert.ok(one.moments.some(({ type }) => type === 'hotel.Released'))
    assert.ok(!other.moments.some(({ type }) => type === 'hotel.Released'))
  })

  it('goes on behind a step that the operator has seen to, with the output that he gives', async () => {
    await using bench = await openTravel('refuse issue t1')
    await bench.plan('t1')

    await bench.running.intervene({
      act: 'resolve',
      saga: 'travel',
      key: 't1',
      step: 'ticket',
      output: { ticket: 'by hand' },
      reason: 'printed at the counter',
    })
    await bench.settle()

    const { state, moments } = await bench.running.saga('travel', 't1')
    assert.equal(state.status, 'completed')
    assert.ok(moments.some(({ type, what }) => type === 'agency.Confirmed' && what === 'done'))
  })

  it('takes effect once under one id, however often it is asked, also at the same time', async () => {
    await using bench = await openTravel('break book t1', 'break book t2')
    await bench.plan('t1', 't2')
    const { running } = bench
    const ask = cancel('t1', { id: 'c-1' })

    const answers = await Promise.all([running.intervene(ask), running.intervene(ask)])
    const later = await running.intervene(ask)

    assert.deepEqual(
      answers.map(({ repeated }) => Number(repeated)).toSorted((a, b) => a - b),
      [0, 1],
    )
    assert.deepEqual([later.repeated, later.status, later.id], [true, 'compensating', 'c-1'])
    const { state } = await running.saga('travel', 't1')
    assert.equal(state.interventions?.length, 1)
    await assert.rejects(running.intervene(cancel('t2', { id: 'c-1' })), {
      code: 'COMMAND_ID_REUSED',
    })
  })

  it('refuses with a code, and changes nothing', async () => {
    await using bench = await openTravel('refuse issue t2')
    await bench.plan('t1', 't2')
    const { running } = bench
    const base = { saga: 'travel', reason: 'why not' } as const
    const failing = { ...base, key: 't2', act: 'resolve', step: 'ticket' } as const
    const before = await running.status()

    const refusals: readonly (readonly [request: unknown, code: string])[] = [
      [cancel('t1'), 'SAGA_ENDED'],
      [cancel('t2'), 'SAGA_NOT_RUNNING'],
      [cancel('none'), 'SAGA_UNKNOWN'],
      [{ ...cancel('t1'), saga: 'none' }, 'SAGA_UNKNOWN'],
      [{ ...base, key: 't2', act: 'compensate' }, 'SAGA_PIVOT_PASSED'],
      [{ ...failing, step: 'room' }, 'SAGA_STEP_UNKNOWN'],
      // The step behind it reads what nobody gave.
      [failing, 'COMMAND_DECISION_FAILED'],
      [{ ...cancel('t1'), reason: ' ' }, 'COMMAND_INPUT_INVALID'],
      [{ ...cancel('t1'), reason: 'x'.repeat(1_001) }, 'COMMAND_INPUT_INVALID'],
      [{ ...cancel('t1'), by: 7 }, 'COMMAND_INPUT_INVALID'],
      [{ ...cancel('t1'), act: 'erase' }, 'COMMAND_INPUT_INVALID'],
      [{ ...cancel('t1'), act: 'resolve' }, 'COMMAND_INPUT_INVALID'],
      [{ ...cancel('t1'), id: 'ü' }, 'COMMAND_ID_INVALID'],
      [{ act: 'cancel' }, 'COMMAND_INPUT_INVALID'],
      [null, 'COMMAND_INPUT_INVALID'],
    ]
    for (const [request, code] of refusals) {
      // Why the cast: it comes from outside.
      await assert.rejects(running.intervene(request as SagaRequest), { code })
      await assert.rejects(running.previewIntervention(request as SagaRequest), { code })
    }
    await assert.rejects(running.saga('travel', 'none'), { code: 'SAGA_UNKNOWN' })

    const positions = (report: typeof before): readonly number[] =>
      report.services.map(({ position, timers }) => position + timers)
    assert.deepEqual(positions(await running.status()), positions(before))
  })

  it('is refused once the pivot was sent', async () => {
    await using bench = await openTravel('break pay t1')
    await bench.plan('t1')

    await assert.rejects(bench.running.intervene(cancel('t1')), { code: 'SAGA_PIVOT_PASSED' })
  })
})
