// Who collects the ways of a saga: the service of the step behind them, found in the plan alone.
import { messageTypes, probeFunction } from '../../language/probe.ts'
import { type Saga, type SagaNode, waysOf } from '../../language/saga/saga-plan.ts'
import { plansOf } from '../../language/saga/saga-versions.ts'
import { stepNode } from '../saga-nodes.ts'

const collectors = new WeakMap<Saga, Map<string, string | undefined>>()

/** The service of the step behind those that are sent together; undefined where the plan does not tell. */
export function collectorOf(saga: Saga, step: string): string | undefined {
  const known = collectors.get(saga) ?? new Map<string, string | undefined>()
  collectors.set(saga, known)
  const name = stepNode(saga, step)?.name ?? step
  if (!known.has(name)) known.set(name, serviceBehind(saga.nodes, name))
  return known.get(name)
}

const participants = new WeakMap<Saga, { readonly services: readonly string[] | undefined }>()

/**
 * The services of the steps up to the pivot, by any plan of the saga: an instance may have moved since. Undefined when
 * the plans do not name them all.
 */
export function participantsOfPlans(saga: Saga): readonly string[] | undefined {
  const services = plansOf(saga).map(participantsToPivot)
  if (services.includes(undefined)) return undefined
  return [...new Set(services.flatMap((each) => each ?? []))]
}

/** The services of the steps up to the pivot; undefined when the plan does not name them all. */
function participantsToPivot(saga: Saga): readonly string[] | undefined {
  const known = participants.get(saga) ?? { services: findParticipants(saga) }
  participants.set(saga, known)
  return known.services
}

function findParticipants(saga: Saga): readonly string[] | undefined {
  const services: (string | undefined)[] = []
  for (const node of saga.nodes) {
    services.push(...servicesOf(node))
    if (node.node === 'step' && node.pivot) break
  }
  if (services.includes(undefined)) return undefined
  return [...new Set(services.filter((each) => each !== undefined))]
}

function servicesOf(node: SagaNode): readonly (string | undefined)[] {
  if (node.node === 'step' || node.node === 'each') return [serviceOfStep(node.run)]
  return waysOf(node).flatMap(({ nodes }) => nodes.flatMap(servicesOf))
}

/** Where nothing is behind in a branch, what is behind the branching is. */
function serviceBehind(
  nodes: readonly SagaNode[],
  name: string,
  outer?: string,
): string | undefined {
  for (const [index, node] of nodes.entries()) {
    const behind = nodes.slice(index + 1).find((each) => each.node !== 'ensure')
    const next = behind ? servicesOf(behind)[0] : outer
    if (node.name === name) return next
    for (const way of waysOf(node)) {
      if (!way.nodes.some((each) => holds(each, name))) continue
      // A step that begins a branch was sent with the other branches: what is behind them all collects.
      const isSentWithOthers = node.node === 'parallel' && way.nodes[0]?.name === name
      return isSentWithOthers ? next : serviceBehind(way.nodes, name, next)
    }
  }
  return undefined
}

function holds(node: SagaNode, name: string): boolean {
  return (
    node.name === name || waysOf(node).some(({ nodes }) => nodes.some((each) => holds(each, name)))
  )
}

function serviceOfStep(run: (context: unknown) => unknown): string | undefined {
  const types = messageTypes('command', probeFunction({ source: run, run }))
  const services = new Set(types.map((type) => type.slice(0, type.indexOf('.'))))
  return services.size === 1 ? [...services][0] : undefined
}
