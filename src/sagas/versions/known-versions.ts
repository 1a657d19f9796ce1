// What a service that coordinates sagas looks at before it starts: every open instance goes by a plan that it has.
import { DureError } from '../../language/errors.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { SagaState } from '../saga-state.ts'
import { plansByVersion, versionsOf } from './plan-of.ts'

/** Open instances of versions that nobody knows, counted while all open instances are looked at. */
export interface UnknownVersions {
  look(saga: Saga, stored: readonly { readonly value: string }[]): void
  /** @throws `SAGA_VERSION_UNKNOWN` when there was one. */
  assertNone(service: string): void
}

export function unknownVersions(): UnknownVersions {
  const found = new Map<string, { readonly saga: Saga; readonly version: number; open: number }>()
  return {
    look(saga, stored) {
      for (const { value } of stored) {
        // Why the cast: the engines of sagas write these documents.
        const { version, isPassedOn } = JSON.parse(value) as SagaState
        // Of an instance that is passed on this service needs no plan: those who have it do, and park it.
        if (isPassedOn || plansByVersion(saga).has(version)) continue
        const name = `${saga.name} ${version}`
        const known = found.get(name) ?? { saga, version, open: 0 }
        known.open += 1
        found.set(name, known)
      }
    },
    assertNone(service) {
      const [first] = found.values()
      if (!first) return
      const { saga, version, open } = first
      const instances = open === 1 ? '1 open instance goes' : `${open} open instances go`
      throw new DureError(
        'SAGA_VERSION_UNKNOWN',
        `Service "${service}" cannot start: ${instances} by version ${version} of saga "${saga.name}", and the system has ${versionsOf(saga)}. Put that plan back, with replaces(...) of a newer one where there is one: they then end by it, or move with a mapping.`,
        { details: { service, saga: saga.name, version, open } },
      )
    },
  }
}
