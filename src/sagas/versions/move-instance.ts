// Takes an instance from its plan to the one that replaces it, at a moment at which nothing of it is on its way. Pure.
// The state that it has then is one that the new plan could have come to by itself; otherwise it does not move.
import { DureError, messageOf } from '../../language/errors.ts'
import { stepNode as newStep } from '../../language/saga/make-nodes.ts'
import { planSteps } from '../../language/saga/plan-steps.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { type Move, moveFrom } from '../../language/saga/saga-versions.ts'
import { advanceSaga } from '../advance-saga.ts'
import type { SagaAdvance, SagaEffect, SagaInput, SagaState } from '../saga-state.ts'
import { closeWalk, contextOf, goOn, openWalk } from '../saga-walk.ts'
import { assertReachable, isDone, movedState } from './moved-state.ts'
import { planOf } from './plan-of.ts'

type TimedInput = SagaInput & { readonly atMs: number }

/** The plan that an instance goes by now, and what it does next. */
export interface MovedInstance {
  readonly plan: Saga
  readonly advance: SagaAdvance
}

/**
 * Takes what happened by the plan that the instance goes by, or moves it to the one that replaces that.
 *
 * @throws `SAGA_VERSION_UNKNOWN`, `SAGA_MAPPING_REFUSED`.
 */
export function takeByPlan(saga: Saga, state: SagaState, input: TimedInput): MovedInstance {
  const plan = planOf(saga, state)
  return moveInstance(saga, state, input) ?? { plan, advance: advanceSaga(plan, state, input) }
}

/**
 * Takes an answer, and moves the instance to the plan that replaces its own. Undefined when none does, or it cannot
 * move now: then the answer is taken by the plan that it has.
 *
 * @throws `SAGA_MAPPING_REFUSED` when the mapping fails, or gives what the new plan could not have come to.
 */
function moveInstance(saga: Saga, state: SagaState, input: TimedInput): MovedInstance | undefined {
  if (saga.earlier.length === 0 || input.kind !== 'reply' || input.undo) return undefined
  const move = moveFrom(saga, state.version)
  if (!move) return undefined
  const rested = restAfter(move.from, state, input)
  return rested && goOnBy(move, rested, input.atMs)
}

const restName = '$rest'
const resting = new WeakMap<Saga, Saga>()

/** The same plan with a step at its end, so that nothing ends before it could move. */
function withRest(saga: Saga): Saga {
  const found = resting.get(saga)
  if (found) return found
  const command = { kind: 'command', service: '', type: '', data: null } as const
  const node = newStep(restName, { run: () => command, effect: 'none' }, false)
  const held = { ...saga, nodes: [...saga.nodes, node] }
  resting.set(saga, held)
  return held
}

/** The instance after the answer, before anything else is sent; undefined when something is still awaited. */
function restAfter(from: Saga, before: SagaState, input: TimedInput): SagaAdvance | undefined {
  const { state, effects } = advanceSaga(withRest(from), before, input)
  if (state.status !== 'running' || state === before) return undefined
  const steps = { ...state.steps }
  const unsent = new Set<string>()
  for (const [step, { status }] of Object.entries(steps)) {
    if (status === 'done' || status === 'rejected') continue
    // Whatever was sent before this answer is awaited, or is to be sent again.
    if (status !== 'sent' || before.steps[step]) return undefined
    unsent.add(step)
    delete steps[step]
  }
  if (unsent.size === 0) return undefined
  const kept = effects.filter(({ kind, step }) => kind === 'cancelTimer' && !unsent.has(step))
  return { state: { ...state, steps }, effects: kept }
}

function goOnBy(move: Move, rested: SagaAdvance, atMs: number): MovedInstance {
  const { from, to } = move
  const state = movedState({ ...move, state: rested.state, mapped: mapped(move, rested.state) })
  const walk = openWalk(to, state)
  goOn(walk)
  assertReachable({ ...move, state }, walk.effects)
  const { state: next, effects } = closeWalk(walk, atMs)
  const timed = deadlineEffects(from, { plan: to, state: next }, atMs)
  return { plan: to, advance: { state: next, effects: [...rested.effects, ...timed, ...effects] } }
}

function mapped({ from, to, map }: Move, state: SagaState): unknown {
  const { key, input } = state
  const { input: _input, ...results } = contextOf(state)
  const done = planSteps(from.nodes)
    .filter((step) => isDone(state, step))
    .map(({ name }) => name)
  try {
    return map({ key, input, results, done })
  } catch (thrown) {
    throw new DureError(
      'SAGA_MAPPING_REFUSED',
      `The mapping of saga "${to.name}" from version ${from.version} to ${to.version} failed for key "${key}": ${messageOf(thrown)}. Nothing was changed. Mend it, and redrive.`,
      { cause: thrown, details: { saga: to.name, version: from.version } },
    )
  }
}

/** The deadline of the new plan counts from the start of the instance. */
function deadlineEffects(
  from: Saga,
  { plan, state }: { readonly plan: Saga; readonly state: SagaState },
  atMs: number,
): readonly SagaEffect[] {
  const isTimed = plan.deadlineMs !== undefined && state.status === 'running' && !state.pivotPassed
  const cancel = { kind: 'cancelTimer', step: '' } as const
  if (!isTimed) return from.deadlineMs === undefined ? [] : [cancel]
  const afterMs = Math.max(0, state.startedAtMs + (plan.deadlineMs ?? 0) - atMs)
  return [cancel, { kind: 'setTimer', step: '', afterMs }]
}
