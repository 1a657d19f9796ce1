import { join } from 'node:path'
import { assertThat } from '../../language/errors.ts'
import { assertName } from '../../language/contract.ts'
import type { StoreProvider } from '../../log/store.port.ts'
import { isPartitionCount } from './open-database.ts'
import { openStore } from './open-store.ts'
import { removeStore } from './store-file.ts'

export interface SqliteStoresOptions {
  /** Where the files lie, one per service; made when it misses. On a disk of this machine, not on a network. */
  readonly folder: string
  /** Makes the ids of incarnations; random ones without it. */
  readonly newId?: () => string
  /** The most bytes that the file of one store may have; without it what the disk holds. */
  readonly bytesMax?: number
}

/**
 * Keeps each service in a SQLite file of its own: `<folder>/<service>.db`.
 *
 * A commit that was answered survives a power cut, as far as the disk tells the truth about what it has written. One
 * process at a time has a store open; the lock ends with the process, however that ends.
 */
export function sqliteStores({ folder, newId, bytesMax }: SqliteStoresOptions): StoreProvider {
  const fileOf = (service: string): string => {
    assertName('service', service)
    return join(folder, `${service}.db`)
  }

  return {
    async open(service, { partitions }) {
      assertThat(isPartitionCount(partitions), `A log cannot have ${partitions} partitions.`)
      return openStore({
        file: fileOf(service),
        partitions,
        bytesMax,
        newId: newId ?? ((): string => crypto.randomUUID()),
      })
    },
    async erase(service) {
      removeStore(fileOf(service))
    },
  }
}
