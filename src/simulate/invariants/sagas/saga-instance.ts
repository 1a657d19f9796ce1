import type { Command } from '../../../language/message.ts'
import type { Saga } from '../../../language/saga/saga-plan.ts'
import type { SagaDeeds } from '../../../sagas/judge-saga.ts'
import { nodesByName, stepNode } from '../../../sagas/saga-nodes.ts'
import { contextOf } from '../../../sagas/saga-walk.ts'
import { plansByVersion } from '../../../sagas/versions/plan-of.ts'
import { addressName, type StepName } from '../../../sagas/step-name.ts'
import type { SagaState, SagaStatus } from '../../../sagas/saga-state.ts'

/** One instance of a saga, as its commands and their answers show it. */
export interface Instance extends SagaDeeds {
  /** The plan that it goes by: it may move to a newer one. */
  saga: Saga
  /** Whether it has said which one. */
  hasPlan: boolean
  readonly key: string
  pending: readonly { readonly step: string }[]
  readonly done: string[]
  readonly undone: string[]
  isPivotDone: boolean
  mayPark: boolean
  /** Whether something was undone: from then on it goes back. */
  isTurned: boolean
  readonly sent: Set<string>
  /** How often each step was rejected. */
  readonly rejections: Map<string, number>
  /** Steps that were decided in the coordinator's own service. */
  readonly here: Set<string>
  /** JSON of its last state before it ended. */
  lastOpen: string | undefined
}

export function openInstance(saga: Saga, key: string): Instance {
  return {
    saga,
    hasPlan: false,
    key,
    pending: [],
    done: [],
    undone: [],
    isPivotDone: false,
    mayPark: false,
    isTurned: false,
    sent: new Set(),
    rejections: new Map(),
    here: new Set(),
    lastOpen: undefined,
  }
}

/** Notes which plan an instance goes by, as it says itself: only there is it written. */
export function goBy(instance: Instance, newest: Saga, said: SagaState): void {
  const plan = plansByVersion(newest).get(said.version)
  // Who has started an instance may not know that it has moved since: it never moves back.
  if (!plan || (instance.hasPlan && plan.version <= instance.saga.version)) return
  instance.saga = plan
  instance.hasPlan = true
  // By the new plan the pivot may be another step.
  instance.isPivotDone ||= said.pivotPassed
}

/**
 * What an instance has done, with what nobody can see from outside taken as done: commands to the coordinator's own
 * service that led to no event.
 */
export function visibleDeeds(instance: Instance, service: string, status: SagaStatus): SagaDeeds {
  const { saga, done, undone } = instance
  if (status === 'compensated') {
    const hidden = done.filter(
      (step) => !undone.includes(step) && mayBeHidden(instance, service, { step, undo: true }),
    )
    return { ...instance, undone: [...undone, ...hidden] }
  }
  const pivot = [...nodesByName(saga).values()].find((node) => node.node === 'step' && node.pivot)
  const isHidden = pivot && mayBeHidden(instance, service, { step: pivot.name, undo: false })
  return { ...instance, isPivotDone: instance.isPivotDone || isHidden === true }
}

/** Whether a command of a step goes to the coordinator's own service, or nobody can say where. */
function mayBeHidden(instance: Instance, service: string, place: StepName): boolean {
  const { lastOpen, sent } = instance
  if (sent.has(addressName(place))) return false
  if (lastOpen === undefined) return true
  try {
    // Why the cast: the coordinator writes these documents.
    const command = commandOf(instance, JSON.parse(lastOpen) as SagaState, place)
    return command === undefined || command.service === service
  } catch {
    // It needs an answer that came only with the end.
    return true
  }
}

function commandOf(
  { saga }: Instance,
  state: SagaState,
  { step, undo }: StepName,
): Command | undefined {
  const node = stepNode(saga, step)
  const known = state.steps[step]
  const context = { ...contextOf(state), item: known?.item, result: known?.result }
  return undo ? node?.undo?.(context) : node?.run(context)
}
