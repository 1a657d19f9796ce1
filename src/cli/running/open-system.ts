import { memoryBroker } from '../../adapters/memory/index.ts'
import { holdMemory, nodeClock, openDataFolder } from '../../adapters/node/index.ts'
import { sqliteStores } from '../../adapters/sqlite/index.ts'
import type { System } from '../../language/system.ts'
import type { Clock, RunningSystem, RuntimeReport } from '../../runtime/index.ts'
import { startSystem } from '../../runtime/index.ts'
import { type Look, lookIntoSystem } from './look-system.ts'

export interface OpenOptions {
  /** The folder of the data; made when it misses. */
  readonly data: string
  readonly report: (report: RuntimeReport) => void
}

/** A system that runs in this process, without any door to the outside. Disposing stops it. */
export interface OpenSystem extends AsyncDisposable {
  readonly running: RunningSystem
  readonly clock: Clock
}

/**
 * Starts a system on a SQLite file per service and a broker inside this process.
 *
 * @throws `STORE_*` when the data cannot be opened, `PORT_UNBOUND` when an adapter misses.
 */
export async function openSystem(
  system: System,
  { data, report }: OpenOptions,
): Promise<OpenSystem> {
  holdMemory()
  openDataFolder(data, system.name)
  await using opening = new AsyncDisposableStack()
  const clock = opening.use(nodeClock())
  const broker = opening.use(memoryBroker({ clock }))
  const stores = sqliteStores({ folder: data, newId: () => clock.newId() })
  const running = opening.use(await startSystem(system, { stores, broker, clock, report }))
  const resources = opening.move()
  return { running, clock, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/**
 * Opens the stored data of a system that does not run, to look into it.
 *
 * @throws `STORE_*` when the data cannot be opened.
 */
export async function openLook(system: System, data: string): Promise<Look> {
  openDataFolder(data, system.name)
  await using opening = new AsyncDisposableStack()
  const clock = opening.use(nodeClock())
  const stores = sqliteStores({ folder: data, newId: () => clock.newId() })
  const { operations } = opening.use(await lookIntoSystem(system, { stores, clock }))
  const resources = opening.move()
  return { operations, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
