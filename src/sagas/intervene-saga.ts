// What an operator does to an instance, as a pure function beside `advanceSaga`: it gives the next state and what to
// send, or refuses with a code and changes nothing.
import { DureError } from '../language/errors.ts'
import {
  interventionsMax,
  isSettled,
  type SagaAdvance,
  type SagaIntervention,
  type SagaOrder,
  type SagaState,
  type StepState,
} from './saga-state.ts'
import { stepNode } from './saga-nodes.ts'
import {
  closeWalk,
  contextOf,
  goBack,
  goOn,
  isPivotSent,
  noticeStep,
  openWalk,
  turnBack,
  type Walk,
} from './saga-walk.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import type { Command } from '../language/message.ts'

/**
 * Takes what an operator decided.
 *
 * @throws `SAGA_ENDED`, `SAGA_NOT_RUNNING`, `SAGA_NOT_PARKED`, `SAGA_PIVOT_PASSED`, `SAGA_STEP_UNKNOWN`.
 */
export function interveneSaga(
  saga: Saga,
  state: SagaState,
  intervention: SagaIntervention,
): SagaAdvance {
  if (isSettled(state)) throw refuse('SAGA_ENDED', state, 'has ended. Nothing can change it.')
  const walk = openWalk(saga, state)
  const before = state.interventions ?? []
  walk.state.interventions = [...before, intervention].slice(-interventionsMax)
  carryOut(walk, intervention)
  return closeWalk(walk, intervention.atMs)
}

function carryOut(walk: Walk, order: SagaOrder): void {
  if (order.act === 'cancel') return cancel(walk)
  const { state } = walk
  if (state.status !== 'parked') {
    throw refuse('SAGA_NOT_PARKED', state, `is ${state.status}. Only a parked one takes this.`)
  }
  if (order.act === 'retry') return sendAgain(walk)
  if (order.act === 'compensate') return compensate(walk)
  if ('as' in order) {
    delete state.endedAtMs
    state.status = order.as
    return
  }
  resolveStep(walk, order.step, order.output)
}

function cancel(walk: Walk): void {
  const { state } = walk
  if (state.status !== 'running') {
    const next = state.status === 'parked' ? 'Retry, compensate or resolve it.' : 'It turns back.'
    throw refuse('SAGA_NOT_RUNNING', state, `is ${state.status}. ${next}`)
  }
  assertBeforePivot(walk)
  turnBack(walk, { step: 'cancel', rejected: 'Cancelled', data: null })
}

function compensate(walk: Walk): void {
  const { state } = walk
  assertBeforePivot(walk)
  if (state.failure) return sendAgain(walk)
  delete state.endedAtMs
  delete state.refusal
  turnBack(walk, { step: 'cancel', rejected: 'Cancelled', data: null })
}

function assertBeforePivot(walk: Walk): void {
  const { state } = walk
  if (!state.pivotPassed && !isPivotSent(walk)) return
  const how = state.pivotPassed ? 'has passed its pivot' : 'has sent its pivot, which may be done'
  throw refuse('SAGA_PIVOT_PASSED', state, `${how}. It only goes forward now.`)
}

/** Goes on in the direction that it had, with fresh commands for everything that was refused. */
function sendAgain(walk: Walk): void {
  const refused = refusedSteps(walk.saga, walk.state)
  unpark(walk)
  for (const step of refused) sendStepAgain(walk, step)
  goOn(walk)
  goBack(walk)
}

function unpark({ state }: Walk): void {
  delete state.endedAtMs
  delete state.refusal
  state.status = state.failure ? 'compensating' : 'running'
}

function sendStepAgain({ saga, state, effects }: Walk, step: string): void {
  const known = state.steps[step]
  if (!known) return
  const attempt = (known.attempt ?? 0) + 1
  const { rejected: _rejected, data: _data, retries: _retries, ...kept } = known
  if (known.status === 'undo-rejected') {
    // Trap: something later may have been done meanwhile. It is undone before, so the order is that of the way back.
    state.steps[step] = { ...kept, attempt, status: 'done' }
    return
  }
  effects.push({ kind: 'send', step, undo: false, attempt, command: commandOf(saga, state, step) })
  state.steps[step] = { ...kept, attempt, status: 'sent' }
}

function commandOf(saga: Saga, state: SagaState, step: string): Command {
  const known = state.steps[step]
  const node = stepNode(saga, step)
  if (step === noticeStep && saga.notice && state.failure) {
    return saga.notice({ input: state.input, failure: state.failure })
  }
  if (!node || !known) {
    throw refuse('SAGA_STEP_UNKNOWN', state, `has no step "${step}" any more. Resolve it whole.`)
  }
  const item = node.node === 'each' ? { item: known.item } : {}
  return node.run({ ...contextOf(state), ...item })
}

function resolveStep(walk: Walk, step: string, output: unknown): void {
  const { saga, state } = walk
  const known = state.steps[step]
  if (!known || !refusedSteps(saga, state).includes(step)) {
    const names = refusedSteps(saga, state).join(', ') || 'none'
    throw refuse('SAGA_STEP_UNKNOWN', state, `has no refused step "${step}". Refused: ${names}.`)
  }
  settle(walk, { step, known, output })
  if (state.status !== 'parked' || refusedSteps(saga, state).length > 0) return
  unpark(walk)
  goOn(walk)
  goBack(walk)
}

interface Settled {
  readonly step: string
  readonly known: StepState
  readonly output: unknown
}

function settle({ saga, state }: Walk, { step, known, output }: Settled): void {
  const { rejected: _rejected, data: _data, ...kept } = known
  if (step === noticeStep) {
    delete state.endedAtMs
    state.status = 'compensated'
  } else if (known.status === 'undo-rejected') {
    state.steps[step] = { ...kept, status: 'undone' }
  } else {
    const result = output ?? null
    state.steps[step] = { ...kept, status: 'done', result }
    state.order.push(step)
    const node = stepNode(saga, step)
    if (node?.node === 'step') state.results[node.name] = result
  }
}

/** What has to be settled before a parked instance can go on: step ids in the order in which they were sent. */
export function refusedSteps(saga: Saga, state: SagaState): readonly string[] {
  return Object.entries(state.steps).flatMap(([step, { status }]) => {
    if (status === 'undo-rejected') return [step]
    if (status !== 'rejected') return []
    if (step === noticeStep) return [step]
    const node = stepNode(saga, step)
    // A "no" before the pivot has turned the saga back; one that is collected is a result.
    const isResult = node?.node === 'each' && node.rejection === 'collect'
    return state.pivotPassed && !isResult ? [step] : []
  })
}

type RefusalCode =
  | 'SAGA_ENDED'
  | 'SAGA_NOT_RUNNING'
  | 'SAGA_NOT_PARKED'
  | 'SAGA_PIVOT_PASSED'
  | 'SAGA_STEP_UNKNOWN'

function refuse(code: RefusalCode, state: SagaState, says: string): DureError {
  const { saga, key, status } = state
  return new DureError(code, `Saga ${saga} of key "${key}" ${says}`, {
    details: { saga, status },
  })
}
