// What is looked at before a service starts that coordinates sagas: every open instance goes by a plan that it has.
import { DureError } from '../../language/errors.ts'
import type { Saga } from '../../language/saga/saga-plan.ts'
import type { SnapshotStore } from '../../log/store.port.ts'
import { countOpenSagas } from '../count-open.ts'
import type { SagaState } from '../saga-state.ts'
import { plansByVersion, versionsOf } from './plan-of.ts'

/** The open instances of a version that nobody knows. */
interface Unknown {
  readonly saga: Saga
  readonly version: number
  open: number
}

/** @throws `SAGA_VERSION_UNKNOWN` when the service keeps open instances that it could not carry on. */
export async function assertKnownVersions(
  service: string,
  store: SnapshotStore,
  sagas: readonly Saga[],
): Promise<void> {
  const found = new Map<string, Unknown>()
  await countOpenSagas(store, sagas, (saga, stored) => {
    for (const { value } of stored) look(found, saga, value)
  })
  const [first] = found.values()
  if (first) throw unknownVersion(service, first)
}

function look(found: Map<string, Unknown>, saga: Saga, stored: string): void {
  // Why the cast: the engines of sagas write these documents.
  const { version, isPassedOn } = JSON.parse(stored) as SagaState
  // Of an instance that is passed on this service needs no plan: those who have it do, and park it.
  if (isPassedOn || plansByVersion(saga).has(version)) return
  const name = `${saga.name} ${version}`
  const known = found.get(name) ?? { saga, version, open: 0 }
  known.open += 1
  found.set(name, known)
}

function unknownVersion(service: string, { saga, version, open }: Unknown): DureError {
  const instances = open === 1 ? '1 open instance goes' : `${open} open instances go`
  return new DureError(
    'SAGA_VERSION_UNKNOWN',
    `Service "${service}" cannot start: ${instances} by version ${version} of saga "${saga.name}", and the system has ${versionsOf(saga)}. Put that plan back, with replaces(...) of a newer one where there is one: they then end by it, or move with a mapping.`,
    { details: { service, saga: saga.name, version, open } },
  )
}
