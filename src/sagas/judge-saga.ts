// What must be true of a saga, seen from outside: from what its services did, not from what it says of itself.
import { type Saga, type SagaNode, waysOf } from '../language/saga/saga-plan.ts'
import { stepNode } from './saga-nodes.ts'
import type { SagaStatus } from './saga-state.ts'

/** What the services of a saga have done so far, and what it waits for. */
export interface SagaDeeds {
  /** Commands whose answers are awaited. */
  readonly pending: readonly { readonly step: string }[]
  /** Steps that were accepted, and undos that were, in their order. */
  readonly done: readonly string[]
  readonly undone: readonly string[]
  readonly isPivotDone: boolean
  /** Something was rejected that may not be: only an operator can settle it. */
  readonly mayPark: boolean
}

/** Judges that a step is undone now. */
export function judgeUndo(saga: Saga, deeds: SagaDeeds, step: string): readonly string[] {
  const problems: string[] = []
  if (deeds.isPivotDone) problems.push(`${step} is undone after the pivot`)
  if (!deeds.done.includes(step)) problems.push(`${step} is undone and was never done`)
  if (deeds.undone.includes(step)) problems.push(`${step} is undone twice`)
  const later = deeds.done.filter((each) => isOwed(saga, deeds, each) && isAfter(saga, each, step))
  if (later.length > 0) problems.push(`${step} is undone before ${later.join(' and ')}`)
  return problems
}

/** Judges how the saga has ended. */
export function judgeEnd(saga: Saga, deeds: SagaDeeds, status: SagaStatus): readonly string[] {
  switch (status) {
    case 'completed':
      return judgeCompleted(saga, deeds)
    case 'compensated':
      return judgeCompensated(saga, deeds)
    case 'parked':
      return deeds.mayPark ? [] : ['it is parked though nothing was rejected that may not be']
    default:
      return [`it has ended as ${status}`]
  }
}

function judgeCompleted(saga: Saga, deeds: SagaDeeds): readonly string[] {
  const hasPivot = saga.nodes.some((each) => each.node === 'step' && each.pivot)
  return [
    ...(deeds.pending.length > 0 ? [`it is completed while ${stepsOf(deeds)} is awaited`] : []),
    ...(deeds.undone.length > 0 ? [`it is completed and ${deeds.undone.join()} is undone`] : []),
    ...(hasPivot && !deeds.isPivotDone ? ['it is completed without its pivot'] : []),
  ]
}

function judgeCompensated(saga: Saga, deeds: SagaDeeds): readonly string[] {
  const owed = deeds.done.filter((each) => isOwed(saga, deeds, each))
  return [
    ...(deeds.pending.length > 0 ? [`it is compensated while ${stepsOf(deeds)} is awaited`] : []),
    ...(owed.length > 0 ? [`it is compensated and ${owed.join(' and ')} is not undone`] : []),
    ...(deeds.isPivotDone ? ['it is compensated after its pivot'] : []),
  ]
}

/** Whether a step that was done still has to be undone. */
function isOwed(saga: Saga, deeds: SagaDeeds, step: string): boolean {
  const hasUndo = stepNode(saga, step)?.undo !== undefined
  return hasUndo && !deeds.undone.includes(step)
}

function stepsOf({ pending }: SagaDeeds): string {
  return pending.map(({ step }) => step).join(' and ')
}

/** Whether one step comes after another in the plan. Steps of different branches come in no order. */
function isAfter(saga: Saga, step: string, other: string): boolean {
  const [path, otherPath] = [pathOf(saga, step), pathOf(saga, other)]
  const level = path.findIndex((each, index) => each !== otherPath[index])
  const [here, there] = [path[level], otherPath[level]]
  return typeof here === 'number' && typeof there === 'number' && here > there
}

/** Where a step stands: its place in the sequence, then the branch, then the place in that, and so on. */
function pathOf(saga: Saga, step: string): readonly (number | string)[] {
  const name = stepNode(saga, step)?.name
  return findPath(saga.nodes, name) ?? []
}

function findPath(
  nodes: readonly SagaNode[],
  name: string | undefined,
): readonly (number | string)[] | undefined {
  for (const [index, node] of nodes.entries()) {
    if (node.name === name) return [index]
    for (const way of waysOf(node)) {
      const inside = findPath(way.nodes, name)
      if (inside) return [index, way.name, ...inside]
    }
  }
  return undefined
}
