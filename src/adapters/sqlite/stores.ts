import { join } from 'node:path'
import { assertThat } from '../../language/errors.ts'
import { assertName } from '../../language/contract.ts'
import type { Store, StoreProvider } from '../../log/store.port.ts'
import { isPartitionCount } from './open-database.ts'
import { openStore } from './open-store.ts'
import { storeError } from './store-error.ts'
import { removeStore } from './store-file.ts'
import { assertNotLost, forgetMade, markMade } from './store-mark.ts'

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
      const file = fileOf(service)
      assertNotLost(file)
      const store = openStore({
        file,
        partitions,
        bytesMax,
        newId: newId ?? ((): string => crypto.randomUUID()),
      })
      return marked(store, file)
    },
    async erase(service) {
      const file = fileOf(service)
      // Trap: the other way round, a crash in between would leave a store that counts as lost.
      forgetMade(file)
      removeStore(file)
    },
  }
}

async function marked(store: Store, file: string): Promise<Store> {
  try {
    markMade(file, store.incarnation)
    return store
  } catch (thrown) {
    await store[Symbol.asyncDispose]()
    throw storeError(thrown, file)
  }
}
