import { namesElsewhere, type System } from '../../language/system.ts'
import { DureError } from '../../language/errors.ts'
import type { Settings } from '../config/settings.ts'
import { gatewayGroup, type GroupPlan, replicasMax } from './fleet.ts'

/** Whether several processes of one service may have its store open. */
const isShared: Readonly<Record<Settings['store'], boolean>> = {
  sqlite: false,
  postgres: true,
}

/**
 * The groups of processes for a system: one for each service, and one for the gateway.
 *
 * @throws `CONFIG_INVALID` when a group is named that does not exist, or may not have so many.
 */
export function planFleet(
  system: System,
  settings: Settings,
  member: (services: readonly string[], hasGateway: boolean) => readonly string[],
): readonly GroupPlan[] {
  const names = system.services.map(({ name }) => name)
  const [stranger] = namesElsewhere(system)
  if (stranger !== undefined)
    throw configError(
      `the service "${stranger}" is not written with Dure, and cannot be supervised; run the others with dure start, and say where it is with --peers`,
    )
  if (names.includes(gatewayGroup))
    throw configError(
      `a service may not be called "${gatewayGroup}" where processes are supervised`,
    )
  for (const name of Object.keys(settings.replicas)) {
    if (name === gatewayGroup || names.includes(name)) continue
    throw configError(
      `"replicas" names "${name}", and the system has ${[...names, gatewayGroup].join(', ')}`,
    )
  }
  const groups = names.map((name) => planGroup(name, settings, member([name], false)))
  return [...groups, planGroup(gatewayGroup, settings, member([], true))]
}

function planGroup(name: string, settings: Settings, call: readonly string[]): GroupPlan {
  const most = name === gatewayGroup || isShared[settings.store] ? replicasMax : 1
  const { min, max } = settings.replicas[name] ?? { min: 1, max: 1 }
  const whyNotMore =
    most === 1
      ? `"${name}" stores what it has in a SQLite file, which one process has open: a second one could lose data, and is refused. Run it in one process, or use a store that processes share.`
      : `"${name}" runs in ${most} processes at most.`
  if (max > most) throw configError(whyNotMore)
  return {
    name,
    arguments: call,
    replicas: min,
    replicasMax: most,
    whyNotMore,
    ...(max > min && { upTo: max }),
  }
}

function configError(problem: string): DureError {
  return new DureError('CONFIG_INVALID', `The configuration cannot be used: ${problem}`)
}
