import { memoryStores } from '../../src/adapters/memory/store.ts'
import { DureError } from '../../src/language/errors.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import { simulatedStore } from '../../src/simulate/world/store.ts'
import { nextTurn, type TrialWorldOptions, trialWorld } from './trial-world.ts'

export interface SimulatedStoresOptions extends TrialWorldOptions {
  /** Whether every answer is slow. */
  readonly crawls?: boolean
}

/** Stores of a simulated world, as one process of it has them: it asks again when it was refused. */
export function simulatedStores(options: SimulatedStoresOptions): StoreProvider {
  const { core, process } = trialWorld(options)
  const inner = memoryStores({ shared: true })
  return {
    async open(service, asked) {
      if (options.crawls) core.ledger.of(service).crawlsUntilMs = Number.POSITIVE_INFINITY
      const store = await inner.open(service, asked)
      return insist(simulatedStore({ core, inner: store, service, process, isShared: true }))
    },
    erase: (service) => inner.erase(service),
  }
}

/** A store that is asked again for as long as it is busy. */
function insist(store: Store): Store {
  return {
    ...store,
    commit: again((batch) => store.commit(batch)),
    read: again((request) => store.read(request)),
    streamEvents: again((request) => store.streamEvents(request)),
    heads: again(() => store.heads()),
    results: again((ids) => store.results(ids)),
    snapshot: again((reads) => store.snapshot(reads)),
    dueTimers: again((atMs, limit) => store.dueTimers(atMs, limit)),
    nextTimer: again(() => store.nextTimer()),
    countTimers: again(() => store.countTimers()),
    cursors: again(() => store.cursors()),
    parked: again((page) => store.parked(page)),
  }
}

const attemptsMax = 100

function again<Asked extends readonly unknown[], T>(
  ask: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  return async (...asked) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await ask(...asked)
        // Why: whoever reads in a loop must not keep the world from going on, where reads are answered at once.
        await nextTurn()
        return answer
      } catch (error) {
        if (attempt > attemptsMax || !isBusy(error)) throw error
      }
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof DureError && error.code === 'STORE_UNAVAILABLE'
}
