import type { System } from 'dure'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'

export interface OpenedSystem extends AsyncDisposable {
  readonly running: RunningSystem
}

/** Starts a system in this process, as `dure dev` does: SQLite with full durability, messages in memory. */
export async function openSystem(
  system: System,
  options: { readonly folder: string } | { readonly stores: StoreProvider },
): Promise<OpenedSystem> {
  const stores = 'stores' in options ? options.stores : sqliteStores(options)
  const clock = nodeClock()
  const broker = memoryBroker({ clock })
  const report = ({ level, message }: { level: string; message: string }): void => {
    if (level !== 'info') console.error(`${level}: ${message}`)
  }
  const running = await startSystem(system, { stores, broker, clock, report })
  return {
    running,
    async [Symbol.asyncDispose]() {
      await running.stop()
      await broker[Symbol.asyncDispose]()
      clock[Symbol.dispose]()
    },
  }
}
