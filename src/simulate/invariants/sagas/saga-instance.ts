import type { Command } from '../../../language/message.ts'
import type { Saga } from '../../../language/saga/saga-plan.ts'
import type { SagaDeeds } from '../../../sagas/judge-saga.ts'
import { nodesByName, stepNode } from '../../../sagas/saga-nodes.ts'
import { contextOf } from '../../../sagas/saga-walk.ts'
import { addressName, type StepName } from '../../../sagas/step-name.ts'
import type { SagaState, SagaStatus } from '../../../sagas/saga-state.ts'

/** One instance of a saga, as its commands and their answers show it. */
export interface Instance extends SagaDeeds {
  readonly saga: Saga
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
