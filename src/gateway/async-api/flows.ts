// Which messages travel in a system: in whose log they stand, and who takes them.
import {
  type SagaManifest,
  type SagaNodeManifest,
  serviceOf,
  stepsOf,
  unknownTarget,
} from '../../graph/manifest.ts'
import { describeSystem } from '../../graph/describe-system.ts'
import type { System } from '../../language/system.ts'

/** A kind of message in the log of one service. */
export interface Flow {
  readonly kind: 'event' | 'command' | 'reply'
  /** Service, dot, name. A reply has the type of its command. */
  readonly type: string
  /** The service in whose log it stands. */
  readonly from: string
  /** The services that take it, other than the one that wrote it. */
  readonly to: readonly string[]
}

/**
 * Lists what the services of a system tell each other.
 *
 * Policies and steps are functions: commands that they were not seen to give on made-up data are missing.
 */
export function findFlows(system: System): readonly Flow[] {
  const { services, sagas } = describeSystem(system)
  const takers = new Map<string, Set<string>>()
  const take = (service: string, types: readonly string[]): void => {
    for (const type of types) takers.set(type, (takers.get(type) ?? new Set()).add(service))
  }
  for (const { name, views, policies } of services) {
    take(
      name,
      views.flatMap(({ follows }) => follows),
    )
    take(
      name,
      policies.flatMap(({ reactions }) => reactions.map(({ on }) => on)),
    )
  }
  for (const { by, startsOn } of sagas) take(by, startsOn)
  const events = services.flatMap(({ name, events: own }) =>
    own.map(({ type }): Flow => {
      const to = [...(takers.get(type) ?? [])].filter((each) => each !== name)
      return { kind: 'event', type, from: name, to }
    }),
  )
  const ordered = services.flatMap(({ name, policies }) =>
    policies.flatMap(({ reactions }) => reactions.flatMap(({ sends }) => commands(name, sends))),
  )
  return unique([...events, ...ordered, ...sagas.flatMap(flowsOfSaga)])
}

function flowsOfSaga(saga: SagaManifest): readonly Flow[] {
  const plans = [saga, ...(saga.earlier ?? [])]
  const sent = plans.flatMap(({ nodes, notice }) => [
    ...commandsOf(nodes),
    ...(notice === undefined ? [] : [notice]),
  ])
  if (saga.style === 'orchestrated') {
    const asked = commands(saga.by, sent)
    return [...asked, ...asked.map(replyTo)]
  }
  // Whoever has taken part passes the saga on: which of them comes before a step depends on how it goes.
  const participants = new Set([saga.by, ...sent.filter(isKnown).map(serviceOf)])
  return [...participants].flatMap((each) => commands(each, sent))
}

function commandsOf(nodes: readonly SagaNodeManifest[]): readonly string[] {
  return stepsOf(nodes).flatMap(({ command, undo }) => (undo ? [command, undo] : [command]))
}

/** A service decides its own commands at once: only those of others are messages. */
function commands(from: string, types: readonly string[]): readonly Flow[] {
  return types
    .filter((type) => isKnown(type) && serviceOf(type) !== from)
    .map((type) => ({ kind: 'command', type, from, to: [serviceOf(type)] }))
}

function replyTo({ type, from, to: [asked = ''] }: Flow): Flow {
  return { kind: 'reply', type, from: asked, to: [from] }
}

function isKnown(type: string): boolean {
  return type !== unknownTarget
}

/** The same message of one log once, with all who take it. */
function unique(flows: readonly Flow[]): readonly Flow[] {
  const same = Map.groupBy(flows, ({ kind, type, from }) => `${kind} ${type} ${from}`)
  return [...same.values()].flatMap((each) => {
    const [first] = each
    return first ? [{ ...first, to: [...new Set(each.flatMap(({ to }) => to))] }] : []
  })
}
