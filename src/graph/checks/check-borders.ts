import { reservedPaths } from '../../gateway/operations.ts'
import type { GatewayManifest, Manifest, PortManifest } from '../manifest.ts'
import { type Finding, finding } from './findings.ts'
import { findMissingTarget } from './operations.ts'

/** Finds driven ports without exactly one adapter, and preparations that use undeclared ones. */
export function checkPorts(manifest: Manifest): readonly Finding[] {
  return [
    ...manifest.ports.flatMap(checkPort),
    ...manifest.services.flatMap(({ name, ports, commands }) =>
      commands.flatMap(({ type, uses }) =>
        uses
          .filter((port) => !ports.includes(port))
          .map((port) =>
            finding(
              'PORT_UNDECLARED',
              `service ${name}`,
              `The preparation of ${type} uses driven port "${port}", which the service does not declare. Add it to ports of the service.`,
            ),
          ),
      ),
    ),
  ]
}

function checkPort({ name, neededBy, bindings, isAmbiguous }: PortManifest): readonly Finding[] {
  const where = `port ${name}`
  const needers = neededBy.join(' and ')
  if (isAmbiguous) {
    const message = `Different driven ports are named "${name}". Export one port and use it everywhere, or rename the other.`
    return [finding('PORT_AMBIGUOUS', where, message)]
  }
  if (neededBy.length === 0) {
    const message = `No service declares driven port "${name}". Take its adapter out of the system, or declare the port.`
    return [finding('PORT_UNUSED', where, message)]
  }
  if (bindings === 1) return []
  return bindings === 0
    ? [
        finding(
          'PORT_UNBOUND',
          where,
          `${needers} needs "${name}", but no adapter is bound to it. Add bind(...) to adapters of the system.`,
        ),
      ]
    : [finding('PORT_BOUND_TWICE', where, `${bindings} adapters are bound to "${name}". Keep one.`)]
}

/** Finds routes that lead to nobody, and routes of two gateways that take each other's requests. */
export function checkGateways(manifest: Manifest): readonly Finding[] {
  return [
    ...manifest.gateways.flatMap((gateway) => checkTargets(manifest, gateway)),
    ...manifest.gateways.flatMap(checkReserved),
    ...checkShapes(manifest.gateways),
  ]
}

function checkTargets(manifest: Manifest, { name, routes }: GatewayManifest): readonly Finding[] {
  return routes.flatMap(({ method, path, calls }) =>
    calls.flatMap((type) =>
      findMissingTarget(manifest, { where: `gateway ${name}, ${method} ${path}`, type }),
    ),
  )
}

function checkReserved({ name, routes }: GatewayManifest): readonly Finding[] {
  return routes
    .filter(({ path }) => reservedPaths.includes(path))
    .map(({ method, path }) => {
      const message = `Every gateway answers ${path} by itself. Give the route another path.`
      return finding('ROUTE_RESERVED', `gateway ${name}, ${method} ${path}`, message)
    })
}

function checkShapes(gateways: readonly GatewayManifest[]): readonly Finding[] {
  const first = new Map<string, string>()
  return gateways.flatMap(({ name, routes }) =>
    routes.flatMap(({ method, path }) => {
      const shape = `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`
      const other = first.get(shape)
      first.set(shape, other ?? name)
      if (other === undefined) return []
      const message = `Gateway "${other}" has a route of this shape already, so this one is never reached. Change the path or take one away.`
      return [finding('ROUTE_TWICE', `gateway ${name}, ${method} ${path}`, message)]
    }),
  )
}
