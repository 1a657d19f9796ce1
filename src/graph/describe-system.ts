import type { Gateway, Route } from '../language/gateway.ts'
import type { AnyPort } from '../language/port.ts'
import type { System } from '../language/system.ts'
import { describeSaga } from './describe-saga.ts'
import { describeElsewhere, describeService } from './describe-service.ts'
import type { GatewayManifest, Manifest, PortManifest, RouteManifest } from './manifest.ts'
import { messageTypes, probeFunction } from '../language/probe.ts'

/**
 * Gives a system as plain data.
 *
 * Policies, steps and composed routes are functions: their targets are found by running them on made-up data, and
 * are `unknown` where that does not tell.
 */
export function describeSystem(system: System): Manifest {
  return {
    format: 1,
    system: system.name,
    services: [...system.services.map(describeService), ...system.elsewhere.map(describeElsewhere)],
    sagas: system.sagas.map((each) => describeSaga(each, system.services)),
    gateways: system.gateways.map(describeGateway),
    ports: describePorts(system),
  }
}

function describeGateway(gateway: Gateway): GatewayManifest {
  return { name: gateway.name, routes: gateway.routes.map(describeRoute) }
}

function describeRoute(route: Route): RouteManifest {
  const { method, path, options } = route
  const summary = options.summary === undefined ? {} : { summary: options.summary }
  if (route.kind === 'composed') {
    return { method, path, calls: probeCalls(route.run), isComposed: true, ...summary }
  }
  return { method, path, calls: [route.operation.type], isComposed: false, ...summary }
}

/** The calls that a composed route makes before it waits for the first answer. */
function probeCalls(run: Extract<Route, { readonly kind: 'composed' }>['run']): readonly string[] {
  const called: unknown[] = []
  const call = (message: unknown): Promise<never> => {
    called.push(message)
    return forever
  }
  const calls = {
    command: call,
    query: call,
    alone: <T>(task: () => Promise<T>) => task(),
    settle: () => forever,
    erase: () => forever,
    epoch: '',
  }
  probeFunction({
    source: run,
    // Why the cast: a stand-in can be read like any request.
    run: (request) => ignoreFailure(run(request as Parameters<typeof run>[0], calls)),
  })
  return [...messageTypes('command', called), ...messageTypes('query', called)].toSorted()
}

const forever = new Promise<never>(() => undefined)

function ignoreFailure(promise: Promise<unknown>): void {
  promise.catch(() => undefined)
}

function describePorts(system: System): readonly PortManifest[] {
  const ports = new Set<AnyPort>([
    ...system.services.flatMap((service) => service.ports),
    ...system.adapters.map((binding) => binding.port),
  ])
  const byName = Map.groupBy(ports, (port) => port.name)
  return [...byName].map(([name, same]) => ({
    name,
    operations: [...new Set(same.flatMap((port) => Object.keys(port.operations)))],
    neededBy: system.services
      .filter((service) => service.ports.some((port) => port.name === name))
      .map((service) => service.name),
    bindings: system.adapters.filter(({ port }) => port.name === name).length,
    isAmbiguous: same.length > 1,
  }))
}
