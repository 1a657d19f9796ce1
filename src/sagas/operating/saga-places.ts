import { DureError } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { LogStore, SnapshotStore } from '../../log/store.port.ts'

/** Where the instances of a system, and the logs that tell of them, can be read. */
export interface SagaPlaces {
  readonly system: System
  /** The store of a service; undefined when it cannot be read from here. */
  storeOf(service: string): ReadableLog | undefined
}

/** What is read of a store. */
export type ReadableLog = Pick<LogStore, 'partitions' | 'heads' | 'read'> &
  Pick<SnapshotStore, 'snapshot'>

/** The service that keeps the instances of a saga. @throws `SAGA_UNKNOWN`. */
export function keeperOf({ system }: SagaPlaces, name: string): string {
  const found = system.sagas.find(({ saga }) => saga.name === name)
  if (found) return found.by
  const names = system.sagas.map(({ saga }) => saga.name).join(', ') || 'none'
  throw new DureError(
    'SAGA_UNKNOWN',
    `System "${system.name}" has no saga "${name}". It has: ${names}.`,
  )
}
