// The plan of an instance: found by the name of its saga, and the version that the instance names.
import { DureError } from '../../language/errors.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import { plansOf } from '../../language/saga/saga-versions.ts'
import type { SagaState } from '../saga-state.ts'

type Versioned = Pick<SagaState, 'saga' | 'key' | 'version'>

const known = new WeakMap<Saga, ReadonlyMap<number, Saga>>()

/** The plans of a saga by their versions, of which the newest is given. */
export function plansByVersion(saga: Saga): ReadonlyMap<number, Saga> {
  const found = known.get(saga)
  if (found) return found
  const plans = new Map(plansOf(saga).map((plan) => [plan.version, plan] as const))
  known.set(saga, plans)
  return plans
}

/** The plan that an instance goes by. @throws `SAGA_VERSION_UNKNOWN`. */
export function planOf(saga: Saga, { key, version }: Versioned): Saga {
  const plan = plansByVersion(saga).get(version)
  if (plan) return plan
  throw new DureError(
    'SAGA_VERSION_UNKNOWN',
    `Instance "${key}" goes by version ${version} of saga "${saga.name}", and the system has ${versionsOf(saga)}. Put that plan back, with replaces(...) of a newer one where there is one; then redrive what is parked.`,
    { details: { saga: saga.name, version, newest: saga.version } },
  )
}

/** The saga of this name, its newest plan. @throws `SAGA_UNKNOWN`. */
export function knownSaga(sagas: ReadonlyMap<string, Saga>, name: string, service: string): Saga {
  const found = sagas.get(name)
  if (found) return found
  throw new DureError(
    'SAGA_UNKNOWN',
    `Service "${service}" knows no saga "${name}". Put it back into the system, and redrive what is parked.`,
  )
}

/** The versions that a system has, in words. */
export function versionsOf(saga: Saga): string {
  const versions = [...plansByVersion(saga).keys()].toSorted((one, other) => one - other)
  return versions.length === 1 ? `only version ${versions[0]}` : `versions ${versions.join(', ')}`
}
