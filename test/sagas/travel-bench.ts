import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { Agency, type Troubles, travel } from '../systems/travel.ts'

export interface TravelBench extends AsyncDisposable {
  readonly running: RunningSystem
  readonly troubles: Troubles
  /** The open stores, by service. */
  readonly stores: ReadonlyMap<string, Store>
  readonly clock: VirtualClock
  /** Plans trips, and lets everything happen that happens. */
  readonly plan: (...tripIds: readonly string[]) => Promise<void>
  readonly settle: () => Promise<void>
}

/** Time that everything takes that happens by itself, in milliseconds. */
const settleMs = 60_000

/** The agency, its hotel, bank and railway in one process, on virtual time. */
export function openTravel(...troubles: readonly string[]): Promise<TravelBench> {
  return open('orchestrated', troubles)
}

/** The same, with a saga that its participants pass on. */
export function openChoreographedTravel(...troubles: readonly string[]): Promise<TravelBench> {
  return open('choreographed', troubles)
}

async function open(
  style: 'orchestrated' | 'choreographed',
  troubles: readonly string[],
): Promise<TravelBench> {
  const clock = virtualClock()
  const opened = new Map<string, Store>()
  const inner = memoryStores()
  const stores: StoreProvider = {
    erase: (name) => inner.erase(name),
    async open(name, options) {
      const store = await inner.open(name, options)
      opened.set(name, store)
      return store
    },
  }
  const trouble: Troubles = new Set(troubles)
  const broker = memoryBroker({ clock })
  const running = await startSystem(travel(trouble, style), { stores, broker, clock })
  const settle = async (): Promise<void> => clock.advance(settleMs)
  return {
    running,
    troubles: trouble,
    stores: opened,
    clock,
    settle,
    async plan(...tripIds) {
      for (const tripId of tripIds) await running.execute(Agency.plan({ tripId }))
      await settle()
    },
    [Symbol.asyncDispose]: () => running.stop(),
  }
}
