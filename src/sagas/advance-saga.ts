// The plan of a saga, interpreted: (definition, state, what happened) -> (state, what to do next). Pure, so that the
// coordinator, tests, pictures and every other engine walk the same plan.
//
//   running --failure before the pivot--> compensating --all undone--> compensated
//   running --last step done--> completed        anything that may not be --> parked
//   parked --an operator, `intervene-saga.ts`--> any of the others
import type { Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { waitToRetry, takeRetry } from './retry-step.ts'
import { type CommandNode, stepNode } from './saga-nodes.ts'
import type { SagaAdvance, SagaInput, SagaState, StepState } from './saga-state.ts'
import { retriedStep } from './step-name.ts'
import {
  closeWalk,
  goBack,
  goOn,
  isPivotSent,
  noticeStep,
  openWalk,
  park,
  turnBack,
  type Walk,
} from './saga-walk.ts'

export { eachItemsMax, noticeStep } from './saga-walk.ts'

/** Starts an instance. */
export function startSaga(
  saga: Saga,
  start: { readonly key: string; readonly input: unknown; readonly atMs: number },
): SagaAdvance {
  const walk = openWalk(saga, {
    saga: saga.name,
    version: saga.version,
    key: start.key,
    status: 'running',
    startedAtMs: start.atMs,
    input: start.input,
    results: {},
    steps: {},
    order: [],
    pivotPassed: false,
  })
  if (saga.deadlineMs !== undefined) {
    walk.effects.push({ kind: 'setTimer', step: '', afterMs: saga.deadlineMs })
  }
  goOn(walk)
  return closeWalk(walk, start.atMs)
}

/** Takes what happened. Whatever is repeated, late or unknown changes nothing that is settled. */
export function advanceSaga(
  saga: Saga,
  state: SagaState,
  input: SagaInput & { readonly atMs: number },
): SagaAdvance {
  const walk = openWalk(saga, state)
  if (input.kind === 'deadline') takeTimer(walk, input.step)
  else if (input.undo) takeUndone(walk, input.step, input.outcome)
  else takeReply(walk, input)
  return closeWalk(walk, input.atMs)
}

/** An answer that is awaited, with what it belongs to. */
interface Answer {
  readonly step: string
  readonly node: CommandNode
  readonly known: StepState
  readonly outcome: Outcome
  readonly isFinal: boolean
}

/**
 * Whether the saga only waited for this answer: a pivot that was on its way at the deadline is not sent again.
 *
 * Trap: only a pivot. Who collects several ways takes their answers once more, later than they came.
 */
function isOverdue({ saga, state }: Walk, node: CommandNode, atMs: number): boolean {
  const isPivot = node.node === 'step' && node.pivot
  const { deadlineMs } = saga
  return isPivot && deadlineMs !== undefined && atMs >= state.startedAtMs + deadlineMs
}

type Reply = Extract<SagaInput, { kind: 'reply' }> & { readonly atMs: number }

function takeReply(walk: Walk, { step, outcome, atMs, ...reply }: Reply): void {
  const { state, saga } = walk
  const known = state.steps[step]
  if (step === noticeStep) return takeNoticed(walk, known, outcome)
  const node = stepNode(saga, step)
  if (!known || !node || !isAwaited(known)) return
  if (node.deadlineMs !== undefined) walk.effects.push({ kind: 'cancelTimer', step })
  const isFinal = reply.isFinal === true || isOverdue(walk, node, atMs)
  const answer = { step, node, known, outcome, isFinal }
  if (known.status === 'abandoned') takeLate(walk, answer)
  else if (outcome.ok) takeDone(walk, answer, outcome.output)
  else takeRejected(walk, answer, outcome)
}

function isAwaited({ status }: StepState): boolean {
  return status === 'sent' || status === 'abandoned'
}

function takeNoticed(walk: Walk, known: StepState | undefined, outcome: Outcome): void {
  const { state } = walk
  if (known?.status !== 'sent') return
  if (outcome.ok) {
    state.status = 'compensated'
    return
  }
  const { rejected, data } = outcome
  state.steps[noticeStep] = { ...known, status: 'rejected', rejected, data }
  park(walk, { step: noticeStep, rejected, data })
}

function takeDone(walk: Walk, { step, node, known }: Answer, result: unknown): void {
  const { state, effects, saga } = walk
  state.steps[step] = { ...known, status: 'done', result }
  state.order.push(step)
  if (node.node === 'step') {
    state.results[node.name] = result
    if (node.pivot) state.pivotPassed = true
    if (node.pivot && saga.deadlineMs !== undefined) effects.push({ kind: 'cancelTimer', step: '' })
  }
  goOn(walk)
}

function takeRejected(
  walk: Walk,
  { step, node, known, isFinal }: Answer,
  { rejected, data }: Rejected,
): void {
  if (!isFinal && waitToRetry(walk, { step, node, known, rejected })) return
  walk.state.steps[step] = { ...known, status: 'rejected', rejected, data }
  if (node.node === 'each' && node.rejection === 'collect') return goOn(walk)
  turnBack(walk, { step, rejected, data })
}

type Rejected = Extract<Outcome, { ok: false }>

/** An answer after the saga turned back: a "done" is undone, a "no" needs nothing. */
function takeLate(walk: Walk, { step, known, outcome }: Answer): void {
  const { state } = walk
  if (outcome.ok) {
    state.steps[step] = { ...known, status: 'done', result: outcome.output }
    state.order.push(step)
  } else {
    state.steps[step] = { ...known, status: 'rejected', rejected: outcome.rejected }
  }
  goBack(walk)
}

function takeUndone(walk: Walk, step: string, outcome: Outcome): void {
  const { state } = walk
  const known = state.steps[step]
  if (known?.status !== 'undoing') return
  if (!outcome.ok) {
    const { rejected, data } = outcome
    state.steps[step] = { ...known, status: 'undo-rejected', rejected, data }
    return park(walk, { step, rejected, data })
  }
  state.steps[step] = { ...known, status: 'undone' }
  goBack(walk)
}

function takeTimer(walk: Walk, timer: string): void {
  const step = retriedStep(timer)
  if (step === undefined) takeDeadline(walk, timer)
  else takeRetry(walk, step)
}

function takeDeadline(walk: Walk, step: string): void {
  const { state } = walk
  // Trap: a pivot that was sent may have happened. Only its answer tells, so no deadline turns the saga back then.
  if (state.status !== 'running' || state.pivotPassed || isPivotSent(walk)) return
  if (step !== '' && state.steps[step]?.status !== 'sent') return
  turnBack(walk, {
    step: step === '' ? 'deadline' : step,
    rejected: 'DeadlineExceeded',
    data: null,
  })
}
