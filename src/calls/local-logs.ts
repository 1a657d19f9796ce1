// The logs that are written in this process, as the door to other processes reads them: known as soon as their store is
// open, which is before the services run.
import { DureError } from '../language/errors.ts'
import type { Store } from '../log/store.port.ts'

/** What the door may read of a store: nothing of it can be changed there. */
export type ReadableStore = Pick<
  Store,
  'incarnation' | 'partitions' | 'heads' | 'read' | 'snapshot' | 'streamEvents'
>

/** The open logs of this process. */
export interface LocalLogs {
  opened(service: string, store: ReadableStore): void
  /** Forgets all: their stores are being closed. */
  closed(): void
  /** @throws `CALL_UNREACHABLE` while the store of the service is not open here. */
  find(service: string): ReadableStore
}

/** Creates the list of open logs. */
export function createLocalLogs(): LocalLogs {
  const stores = new Map<string, ReadableStore>()
  return {
    opened: (service, store) => void stores.set(service, store),
    closed: () => stores.clear(),
    find(service) {
      const found = stores.get(service)
      if (found) return found
      throw new DureError(
        'CALL_UNREACHABLE',
        `The store of service "${service}" is not open in this process.`,
        { details: { service } },
      )
    },
  }
}
