import type { Commit, Store, StoreProvider, Verdict } from '../../src/log/store.port.ts'

/** Lets somebody look at every commit that became durable. */
export function watchStores(
  stores: StoreProvider,
  onCommitted: (commit: Commit) => void,
): StoreProvider {
  return {
    open: async (service, options) => watchStore(await stores.open(service, options), onCommitted),
    erase: (service) => stores.erase(service),
  }
}

function watchStore(store: Store, onCommitted: (commit: Commit) => void): Store {
  const commit = async (batch: readonly Commit[]): Promise<readonly Verdict[]> => {
    const verdicts = await store.commit(batch)
    for (const [index, each] of batch.entries()) {
      if (verdicts[index]?.kind === 'committed') onCommitted(each)
    }
    return verdicts
  }
  return new Proxy(store, {
    get: (target, name, receiver): unknown =>
      name === 'commit' ? commit : Reflect.get(target, name, receiver),
  })
}
