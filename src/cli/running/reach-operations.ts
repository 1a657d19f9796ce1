import { reachSystem } from '../../adapters/node/control-client.ts'
import { isDataFolder } from '../../adapters/node/data-folder.ts'
import { DureError } from '../../language/errors.ts'
import type { Operations } from '../../runtime/index.ts'
import type { Looking } from './look-system.ts'
import { renderReport } from './run-report.ts'
import { printNote } from '../terminal.ts'

export interface Reached<O = Operations> {
  readonly operations: O
  /** The process that runs the system; absent when none does. */
  readonly pid?: number
  /** Where its gateway listens. */
  readonly url?: string
}

export interface Place {
  readonly data: string
  /** The system's file, for when it does not run. */
  readonly file: string | undefined
}

/**
 * Reaches the system that runs on a data folder, or starts it without its gateway for as long as `use` takes.
 *
 * @throws `CLI_NOT_RUNNING` when none runs and it is not said which file defines it, or there is no data.
 */
export async function withOperations<T>(
  place: Place,
  use: (reached: Reached) => Promise<T>,
): Promise<T> {
  const remote = await reachRunning(place.data)
  if (remote) return use(remote)
  const { system, openSystem } = await loadOffline(place)
  printNote(
    `No system runs on "${place.data}": it is started without its gateway for this command. Work that waits goes on meanwhile.`,
  )
  const report = (each: Parameters<typeof renderReport>[0]): void => {
    if (each.level === 'error') printNote(renderReport(each))
  }
  await using open = await openSystem(system, { data: place.data, report })
  return await use({ operations: open.running })
}

/**
 * Reaches the system that runs on a data folder, or looks into its data. Nothing goes on because somebody looks.
 *
 * @throws `CLI_NOT_RUNNING` when none runs and it is not said which file defines it, or there is no data.
 */
export async function withLook<T>(
  place: Place,
  use: (reached: Reached<Looking>) => Promise<T>,
): Promise<T> {
  const remote = await reachRunning(place.data)
  if (remote) return use(remote)
  const { system, openLook } = await loadOffline(place)
  printNote(`No system runs on "${place.data}": this is what its data says.`)
  await using look = await openLook(system, place.data)
  return await use({ operations: look.operations })
}

async function reachRunning(data: string): Promise<Reached | undefined> {
  const remote = await reachSystem(data)
  if (!remote) return undefined
  const { pid, url } = remote.note
  return { operations: remote, pid, ...(url !== undefined && { url }) }
}

/** What is needed only when the system does not run: most often it does, and then nothing of it is loaded here. */
async function loadOffline(place: Place) {
  assertOffline(place)
  const { loadSystem } = await import('../loading/load-system.ts')
  const { openSystem, openLook } = await import('./open-system.ts')
  const { system } = await loadSystem(place.file)
  return { system, openSystem, openLook }
}

function assertOffline(
  place: Place,
): asserts place is { readonly data: string; readonly file: string } {
  if (!isDataFolder(place.data)) {
    throw new DureError(
      'CLI_NOT_RUNNING',
      `No system runs on "${place.data}", and it holds no data. Name the folder with --data, or start the system: dure dev <system>.`,
    )
  }
  if (place.file !== undefined) return
  throw new DureError(
    'CLI_NOT_RUNNING',
    `No system runs on "${place.data}". Start it with dure dev <system>, or name its file after the command to look into its data.`,
  )
}
