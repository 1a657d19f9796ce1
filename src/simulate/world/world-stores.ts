// The stores of a world: they outlive every process, and more than one of these may have them open.
import { memoryStores } from '../../adapters/memory/store.ts'
import { assertThat } from '../../language/errors.ts'
import type { Store, StoreProvider } from '../../log/store.port.ts'
import type { RemoteServices } from '../../runtime/start-system.ts'

export interface WorldStores {
  readonly stores: StoreProvider
  /** What a process knows of services that run elsewhere. */
  readonly remote: RemoteServices
}

export interface WorldStoresOptions {
  readonly partitions: number
  readonly newId: () => string
}

/** Makes the stores of all services, empty. */
export async function openStores(
  services: readonly string[],
  { partitions, newId }: WorldStoresOptions,
): Promise<WorldStores> {
  const stores = memoryStores({ newId, shared: true, answersNow: true })
  const handles = new Map<string, Store>()
  for (const service of services) handles.set(service, await stores.open(service, { partitions }))
  const handleOf = (service: string): Store => {
    const handle = handles.get(service)
    assertThat(handle !== undefined, `The world has no service "${service}".`)
    return handle
  }
  return {
    stores,
    remote: {
      address: async (service) => {
        const { incarnation } = handleOf(service)
        return { service, incarnation, partitions }
      },
      heads: (service) => handleOf(service).heads(),
    },
  }
}
