import { type AnyContract, assertName } from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Gateway } from './gateway.ts'
import type { PortBinding } from './port.ts'
import type { Saga } from './saga/saga-plan.ts'
import type { Service } from './service.ts'

/** A saga that one service coordinates. */
export interface OrchestratedSaga {
  readonly kind: 'orchestrated'
  readonly saga: Saga
  /** The service that keeps the saga's state and sends its commands. */
  readonly by: string
}

/** A saga that its participants pass on to each other. */
export interface ChoreographedSaga {
  readonly kind: 'choreographed'
  readonly saga: Saga
  /** The service that starts it, and learns of its end: that of the event that it starts on. */
  readonly by: string
}

/** A saga together with the way it is run. */
export type SystemSaga = OrchestratedSaga | ChoreographedSaga

/** Runs a saga with one coordinator: the service `by` keeps its state. */
export function orchestrated(saga: Saga, options: { readonly by: AnyContract }): OrchestratedSaga {
  return Object.freeze({ kind: 'orchestrated', saga, by: options.by.$name })
}

/**
 * Runs a saga without a coordinator: each participant carries out its steps and passes the saga on, with all that it
 * knows. It is started by the service whose event starts it.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when no event starts it, or events of several services do.
 */
export function choreographed(saga: Saga): ChoreographedSaga {
  const services = new Set(saga.starts.map(({ event }) => event.type.split('.', 1)[0] ?? ''))
  const [by, other] = services
  if (by === undefined) {
    throw definitionError(
      `Saga "${saga.name}" is choreographed, and no event starts it. Add startsOn(event, ...), or use orchestrated(saga, { by }).`,
    )
  }
  if (other !== undefined) {
    throw definitionError(
      `Saga "${saga.name}" is choreographed, and starts on events of "${by}" and of "${other}". Let it start on events of one service, which then knows its instances, or use orchestrated(saga, { by }).`,
    )
  }
  return Object.freeze({ kind: 'choreographed', saga, by })
}

export interface SystemSpec {
  readonly services: readonly Service[]
  /** Contracts of services that are not written with Dure: they run elsewhere, and take part by the wire format. */
  readonly elsewhere?: readonly AnyContract[]
  readonly sagas?: readonly SystemSaga[]
  readonly gateways?: readonly Gateway[]
  /** Adapters of the driven ports that services need. */
  readonly adapters?: readonly PortBinding[]
}

/** The whole system as data: the one place where capabilities and technologies meet. */
export interface System {
  readonly kind: 'system'
  readonly name: string
  readonly services: readonly Service[]
  /** Contracts of services that are not written with Dure. */
  readonly elsewhere: readonly AnyContract[]
  readonly sagas: readonly SystemSaga[]
  readonly gateways: readonly Gateway[]
  readonly adapters: readonly PortBinding[]
}

/**
 * Defines a system.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two services or sagas have one name, or a coordinator is missing.
 */
export function system(name: string, spec: SystemSpec): System {
  assertName('system', name)
  const definition: System = {
    kind: 'system',
    name,
    services: spec.services,
    elsewhere: spec.elsewhere ?? [],
    sagas: spec.sagas ?? [],
    gateways: spec.gateways ?? [],
    adapters: spec.adapters ?? [],
  }
  assertUnique(name, 'services', allNames(definition))
  assertUnique(
    name,
    'sagas',
    definition.sagas.map((each) => each.saga.name),
  )
  assertUnique(
    name,
    'gateways',
    definition.gateways.map((each) => each.name),
  )
  for (const { saga, by } of definition.sagas) {
    if (definition.services.some((each) => each.name === by)) continue
    throw definitionError(
      `Saga "${saga.name}" is coordinated by "${by}", but system "${name}" has no such service. Add the service or name another.`,
    )
  }
  return freezeDefinition(definition)
}

/** The services of a system that are not written with Dure, by name. */
export function namesElsewhere({ elsewhere }: Pick<System, 'elsewhere'>): readonly string[] {
  return elsewhere.map(({ $name }) => $name)
}

/** All services of a system, by name: those that are not written with Dure come last. */
export function allNames(system: Pick<System, 'services' | 'elsewhere'>): readonly string[] {
  return [...system.services.map(({ name }) => name), ...namesElsewhere(system)]
}

function assertUnique(system: string, what: string, names: readonly string[]): void {
  const twice = names.find((each, index) => names.indexOf(each) !== index)
  if (twice === undefined) return
  throw definitionError(`System "${system}" has two ${what} named "${twice}". Rename one.`)
}
