// A saga ends in exactly one of completed, compensated, parked. Compensations run in reverse order, once each. After the
// pivot it only goes forward. A late "done" after a timeout is undone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import type { VirtualClock } from '../../src/adapters/memory/clock.ts'
import type { Outcome } from '../../src/language/message.ts'
import { saga } from '../../src/language/saga/saga.ts'
import type { Commit, NewEntry, StoreProvider } from '../../src/log/store.port.ts'
import type { Broker, MessageBatch } from '../../src/messaging/broker.port.ts'
import { advanceSaga, startSaga } from '../../src/sagas/advance-saga.ts'
import type { SagaState, StepState } from '../../src/sagas/saga-state.ts'
import { exploreSaga, type SagaEngine } from '../../src/testing/explore-saga.ts'
import { PlaceOrder, Stock } from '../systems/shop.ts'
import { type AlarmPlan, deadlineMs, liveAlarms } from './alarm-world.ts'
import { changedBroker } from './faulty-brokers.ts'
import { changedCommits } from './faulty-stores.ts'
import { assertFine, assertSeen } from './shop-world.ts'

const input = {
  orderId: 'o1',
  account: 'ann',
  cents: 100,
  lines: [
    { item: 'tea', quantity: 1 },
    { item: 'jam', quantity: 2 },
  ],
}

const line = { orderId: 'o', item: 'tea', quantity: 1 }
const undoable = {
  run: () => Stock.reserve(line),
  undo: () => Stock.release(line),
}
const threeSteps = saga('three', { input: z.object({ id: z.string() }), key: ({ id }) => id })
  .step('a', undoable)
  .step('b', undoable)
  .step('c', undoable)
  .pivot('d', { run: () => Stock.reserve(line) })

type Advance = SagaEngine['advance']

/** The engine, with a planted bug in the way that it goes on. */
function brokenBy(advance: Advance): SagaEngine {
  return { start: startSaga, advance }
}

function withSteps(
  state: SagaState,
  change: (step: StepState, name: string) => StepState,
): SagaState {
  const steps = Object.entries(state.steps).map(
    ([name, step]) => [name, change(step, name)] as const,
  )
  return { ...state, steps: Object.fromEntries(steps) }
}

/** A planted bug: it forgets a late answer. */
const forgettingLateAnswers = brokenBy((saga, state, taken) => {
  const isLate =
    taken.kind === 'reply' && !taken.undo && state.steps[taken.step]?.status === 'abandoned'
  const outcome = { ok: false, rejected: 'Late', data: null } as const
  return advanceSaga(saga, state, isLate ? { ...taken, outcome } : taken)
})

/** A planted bug: it does not wait for late answers. */
const impatient = brokenBy((saga, state, taken) => {
  const { state: after, effects } = advanceSaga(saga, state, taken)
  const impatient = withSteps(after, (step) =>
    step.status === 'abandoned' ? { ...step, status: 'rejected' } : step,
  )
  const isOver = Object.values(impatient.steps).every(({ status }) => status === 'rejected')
  if (after.status !== 'compensating' || !isOver) return { state: after, effects }
  return { state: { ...impatient, status: 'compensated' }, effects }
})

/** A planted bug: it undoes twice. */
const undoingTwice = brokenBy((saga, state, taken) => {
  const advance = advanceSaga(saga, state, taken)
  const isUndone = taken.kind === 'reply' && taken.undo
  if (!isUndone || state.steps[taken.step]?.status !== 'undoing') return advance
  const command = { kind: 'command', service: 's', type: 's.undo', data: {} } as const
  const again = { kind: 'send', step: taken.step, undo: true, command } as const
  return { ...advance, effects: [...advance.effects, again] }
})

/** A planted bug: it turns back after the pivot. */
const turningBack = brokenBy((saga, state, taken) => {
  if (taken.kind !== 'deadline' && state.pivotPassed) {
    const forgetful = { ...state, pivotPassed: false }
    const outcome = { ok: false, rejected: 'No', data: null } as const
    const isForward = taken.kind === 'reply' && !taken.undo
    return advanceSaga(saga, forgetful, isForward ? { ...taken, outcome } : taken)
  }
  return advanceSaga(saga, state, taken)
})

/** A planted bug: it takes a repeated answer for a new one. */
const believingRepeats = brokenBy((saga, state, taken) => {
  const fresh = withSteps(state, (step, name) =>
    taken.kind === 'reply' && name === taken.step && step.status === 'done'
      ? { ...step, status: 'sent' }
      : step,
  )
  return advanceSaga(saga, fresh, taken)
})

/** A planted bug: it forgets that an undo was accepted. */
const forgettingUndos = brokenBy((saga, state, taken) =>
  taken.kind === 'reply' && taken.undo ? { state, effects: [] } : advanceSaga(saga, state, taken),
)

/** A planted bug: it gives up at a rejection. */
const givingUp = brokenBy((saga, state, taken) => {
  const isNo = taken.kind === 'reply' && !taken.outcome.ok
  return isNo
    ? { state: { ...state, status: 'parked', endedAtMs: 0 }, effects: [] }
    : advanceSaga(saga, state, taken)
})

/** A planted bug: it is completed without its last step. */
const hasty = brokenBy((saga, state, taken) => {
  const advance = advanceSaga(saga, state, taken)
  return advance.state.pivotPassed
    ? { ...advance, state: { ...advance.state, status: 'completed' } }
    : advance
})

function brokenPromises(engine: SagaEngine): readonly string[] {
  return exploreSaga(PlaceOrder, { input, engine, situationsMax: 5_000 }).broken
}

describe('the saga of the shop', () => {
  it('keeps its promises on every way that it can take', () => {
    const { broken, ends, situations } = exploreSaga(PlaceOrder, { input })

    assert.deepEqual(broken, [])
    assert.deepEqual(Object.keys(ends).toSorted(), ['compensated', 'completed'])
    assert.ok(situations > 50, `${situations}`)
  })

  it('ends parked, and only then, when somebody rejects what may not be rejected', () => {
    const answers = (): readonly Outcome[] => [
      { ok: true, output: undefined },
      { ok: false, rejected: 'No', data: null },
    ]

    const { broken, ends } = exploreSaga(PlaceOrder, { input, answers })

    assert.deepEqual(broken, [])
    assert.deepEqual(Object.keys(ends).toSorted(), ['compensated', 'completed', 'parked'])
  })

  it('is judged by an exploration that sees an engine which forgets a late answer', () => {
    assertSeen(brokenPromises(forgettingLateAnswers), /is not undone/)
  })

  it('is judged by an exploration that sees an engine which does not wait for late answers', () => {
    assertSeen(brokenPromises(impatient), /is awaited/)
  })

  it('is judged by an exploration that sees an engine which undoes twice', () => {
    assertSeen(brokenPromises(undoingTwice), /sent twice/)
  })

  it('is judged by an exploration that sees an engine which turns back after the pivot', () => {
    assertSeen(brokenPromises(turningBack), /after the pivot|after its pivot/)
  })

  it('is judged by an exploration that sees an engine which takes a repeated answer for a new one', () => {
    assertSeen(brokenPromises(believingRepeats), /repeated answer/)
  })

  it('is judged by an exploration that sees an engine which forgets that an undo was accepted', () => {
    assertSeen(brokenPromises(forgettingUndos), /stuck/)
  })

  it('is judged by an exploration that sees an engine which gives up at a rejection', () => {
    assertSeen(brokenPromises(givingUp), /parked though/)
  })

  it('is judged by an exploration that sees an engine which is completed without its last step', () => {
    assertSeen(brokenPromises(hasty), /is awaited/)
  })

  it('is judged by an exploration that sees compensations in the order in which things were done', () => {
    const forward = brokenBy((saga, state, taken) => {
      const reversed = state.order.toReversed()
      const advance = advanceSaga(saga, { ...state, order: reversed }, taken)
      const order = [...state.order, ...advance.state.order.slice(reversed.length)]
      return { ...advance, state: { ...advance.state, order } }
    })
    const { broken } = exploreSaga(threeSteps, { input: { id: 'a' }, engine: forward })

    assert.match(broken.join('\n'), /is undone before/)
    assert.deepEqual(exploreSaga(threeSteps, { input: { id: 'a' } }).broken, [])
  })
})

describe('a step that is done after its saga has given up', () => {
  const late: AlarmPlan = { answersAtMs: deadlineMs + 15_000, livesMs: [600_000] }

  it('is undone, once, also when the process was restarted meanwhile', async () => {
    assertFine(await liveAlarms(late))
    assertFine(await liveAlarms({ ...late, livesMs: [70_000, 600_000] }))
  })

  it('is not undone when it was done in time', async () => {
    assertFine(await liveAlarms({ ...late, answersAtMs: 10_000 }))
  })

  it('is judged by a test that sees answers which nobody hears once the deadline has passed', async () => {
    const wrapBroker = (broker: Broker, clock: VirtualClock): Broker => {
      const startMs = clock.nowMs()
      const isHeard = (): boolean => clock.nowMs() < startMs + deadlineMs
      const messages = (batch: MessageBatch): MessageBatch['messages'] =>
        batch.messages.filter(({ to }) => to !== 'alarm' || isHeard())
      return changedBroker(broker, {
        deliver: (batch) => [{ ...batch, messages: messages(batch) }],
      })
    }

    assertSeen(await liveAlarms({ ...late, wrapBroker }), /called too late, and not hung up/)
  })

  it('is judged by a test that sees what is undone twice', async () => {
    const wrapStores = (stores: StoreProvider): StoreProvider =>
      changedCommits(stores, (commit, batch) => commit(batch.map(hangingUpTwice)))

    assertSeen(await liveAlarms({ ...late, wrapStores }), /is hung up 2 times/)
  })
})

/** A planted bug: the order to undo is sent twice. */
function hangingUpTwice({ entries = [], ...rest }: Commit): Commit {
  const isUndo = ({ kind, type }: NewEntry): boolean =>
    kind === 'command' && type === 'phone.hangUp'
  return { ...rest, entries: entries.flatMap((each) => (isUndo(each) ? [each, each] : [each])) }
}
