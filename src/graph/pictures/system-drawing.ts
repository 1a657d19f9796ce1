// What is in the picture of a system, before anybody knows where it goes: boxes with their rows of text, and lines
// with their labels. Lines of one kind between the same two boxes are drawn as one.

import {
  type GatewayManifest,
  type Manifest,
  memberOf,
  participantsOf,
  type PortManifest,
  type SagaManifest,
  type SagaNodeManifest,
  type SagaStepManifest,
  serviceOf,
  type ServiceManifest,
  stepsOf,
  unknownTarget,
} from '../manifest.ts'

export type RowIcon = 'log' | 'state' | 'view' | 'policy' | 'saga' | 'routes' | 'wrong'

export interface BoxRow {
  readonly icon: RowIcon
  readonly text: string
  /** For sagas: which one, so that its colour is known. */
  readonly saga?: number
}

export interface Box {
  readonly id: string
  readonly kind: 'service' | 'gateway' | 'port'
  readonly name: string
  readonly rows: readonly BoxRow[]
}

export type LinkKind = 'command' | 'event' | 'saga' | 'routes' | 'driven'

export interface Link {
  readonly id: string
  readonly kind: LinkKind
  readonly from: string
  readonly to: string
  /** The names of the messages. */
  readonly names: readonly string[]
  readonly saga?: number
}

export interface Drawing {
  readonly boxes: readonly Box[]
  readonly links: readonly Link[]
}

/** Decides what a picture of a system shows. */
export function drawSystem(manifest: Manifest): Drawing {
  const boxes = [
    ...manifest.gateways.map(drawGateway),
    ...manifest.services.map((service) => drawService(service, manifest.sagas)),
    ...manifest.ports.map(drawPort),
  ]
  const known = new Set(boxes.map(({ id }) => id))
  const links = mergeLinks([
    ...manifest.gateways.flatMap(linkGateway),
    ...manifest.services.flatMap(linkService),
    ...manifest.sagas.flatMap(linkSaga),
    ...manifest.ports.flatMap(linkPort),
  ])
  return {
    boxes,
    links: links.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to),
  }
}

const gatewayId = (name: string): string => `gateway ${name}`
const serviceId = (name: string): string => `service ${name}`
const portId = (name: string): string => `port ${name}`

function drawGateway({ name, routes }: GatewayManifest): Box {
  const text = `${routes.length} ${routes.length === 1 ? 'route' : 'routes'}`
  return { id: gatewayId(name), kind: 'gateway', name, rows: [{ icon: 'routes', text }] }
}

function drawService(service: ServiceManifest, sagas: readonly SagaManifest[]): Box {
  const rows: readonly BoxRow[] = [
    ...service.aggregates.map(({ name, stored }) => ({
      icon: stored === 'events' ? ('log' as const) : ('state' as const),
      text: name,
    })),
    ...service.views.map(({ name, consistency }) => ({
      icon: 'view' as const,
      text: consistency === 'inline' ? `${name} (inline)` : name,
    })),
    ...service.policies.map(({ name }) => ({ icon: 'policy' as const, text: name })),
    ...sagas.flatMap(({ name, by }, saga) =>
      by === service.name ? [{ icon: 'saga' as const, text: name, saga }] : [],
    ),
  ]
  return { id: serviceId(service.name), kind: 'service', name: service.name, rows }
}

function drawPort({ name, bindings }: PortManifest): Box {
  const rows: readonly BoxRow[] =
    bindings === 1 ? [] : [{ icon: 'wrong', text: `${bindings} adapters` }]
  return { id: portId(name), kind: 'port', name, rows }
}

function linkGateway({ name, routes }: GatewayManifest): readonly Link[] {
  return routes.flatMap(({ method, path, calls }) =>
    calls.map((type) =>
      link('routes', [gatewayId(name), serviceId(serviceOf(type))], `${method} ${path}`),
    ),
  )
}

function linkService(service: ServiceManifest): readonly Link[] {
  const to = serviceId(service.name)
  const followed = [
    ...service.views.flatMap(({ follows }) => follows),
    ...service.policies.flatMap(({ reactions }) => reactions.map(({ on }) => on)),
  ]
  const sent = service.policies
    .flatMap(({ reactions }) => reactions.flatMap(({ sends }) => sends))
    .filter((type) => type !== unknownTarget)
  return [
    ...followed.map((type) => link('event', [serviceId(serviceOf(type)), to], memberOf(type))),
    ...sent.map((type) => link('command', [to, serviceId(serviceOf(type))], memberOf(type))),
  ]
}

function linkSaga(saga: SagaManifest, index: number): readonly Link[] {
  const by = serviceId(saga.by)
  if (saga.style === 'choreographed') {
    const links: Link[] = []
    linkPassedOn(saga.nodes, [saga.by], (from, step) => {
      const ends = [serviceId(from), serviceId(serviceOf(step.command))] as const
      if (ends[0] !== ends[1])
        links.push({ ...link('saga', ends, memberOf(step.command)), saga: index })
    })
    return links
  }
  const steps = stepsOf(saga.nodes)
  return [
    ...saga.startsOn.map((type) => link('event', [serviceId(serviceOf(type)), by], memberOf(type))),
    ...participantsOf(saga).flatMap((participant) =>
      steps
        .filter(({ command }) => serviceOf(command) === participant)
        .map(({ command }) => ({
          ...link('saga', [by, serviceId(participant)], memberOf(command)),
          saga: index,
        })),
    ),
  ]
}

/** Tells of each step, from whom the saga comes to it. Gives those who hold it at the end. */
function linkPassedOn(
  nodes: readonly SagaNodeManifest[],
  holders: readonly string[],
  tell: (from: string, step: SagaStepManifest) => void,
): readonly string[] {
  let from = holders
  for (const node of nodes) {
    if ('branches' in node) {
      const before = from
      from = node.branches.flatMap((branch) => linkPassedOn(branch.nodes, before, tell))
    } else if (node.node !== 'ensure' && node.command !== unknownTarget) {
      for (const each of from) tell(each, node)
      from = [serviceOf(node.command)]
    }
  }
  return [...new Set(from)]
}

function linkPort({ name, neededBy }: PortManifest): readonly Link[] {
  return neededBy.map((service) => link('driven', [serviceId(service), portId(name)]))
}

function link(
  kind: LinkKind,
  [from, to]: readonly [string, string],
  ...names: readonly string[]
): Link {
  return { id: '', kind, from, to, names }
}

function mergeLinks(links: readonly Link[]): readonly Link[] {
  const groups = Map.groupBy(links, ({ kind, from, to, saga = 0 }) =>
    [kind, saga, from, to].join(' > '),
  )
  return [...groups].flatMap(([id, [first, ...others]]) =>
    first
      ? [{ ...first, id, names: [...new Set([first, ...others].flatMap(({ names }) => names))] }]
      : [],
  )
}
