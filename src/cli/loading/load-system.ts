import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { DureError, messageOf } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import { importFile, type ModuleGraph, recordModules } from './module-graph.ts'
import { placeOf } from '../report-error.ts'

export interface LoadedSystem {
  readonly system: System
  readonly file: string
  readonly modules: ModuleGraph
}

/**
 * Loads the file that defines a system: its default export is one.
 *
 * What the file's modules print goes to standard error, so that standard output holds only the result.
 *
 * @throws `CLI_MODULE_INVALID` when there is no such file, it fails to load, or it does not give a system.
 * @throws `LANGUAGE_DEFINITION_INVALID` when a definition in it is not usable.
 */
export async function loadSystem(path: string): Promise<LoadedSystem> {
  const file = resolve(path)
  const modules = recordModules(file)
  return { system: await importSystem(path, file), file, modules }
}

/** Loads a system whose modules are recorded already. */
export async function importSystem(path: string, file: string): Promise<System> {
  const found = await importModule(path, file, 'the file whose default export is the system')
  if (isSystem(found['default'])) return found['default']
  throw new DureError(
    'CLI_MODULE_INVALID',
    `"${path}" does not give a system. Write: export default system('name', { services: [...] }).`,
  )
}

/**
 * Loads a file of the user. `wanted` says in a sentence which file to name.
 *
 * What its modules print goes to standard error.
 *
 * @throws `CLI_MODULE_INVALID` when there is no such file, or it fails to load.
 */
export async function importModule(
  path: string,
  file: string,
  wanted: string,
): Promise<Readonly<Record<string, unknown>>> {
  assertFile(path, file, wanted)
  return importQuietly(path, file)
}

function assertFile(path: string, file: string, wanted: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isFile()) return
  throw new DureError(
    'CLI_MODULE_INVALID',
    found
      ? `"${path}" is not a file. Name ${wanted}.`
      : `There is no file "${path}". Name ${wanted}.`,
  )
}

async function importQuietly(
  path: string,
  file: string,
): Promise<Readonly<Record<string, unknown>>> {
  const write = process.stdout.write.bind(process.stdout)
  const onExit = (): void => reportUnsettled(path)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  process.once('exit', onExit)
  try {
    return await importFile(file)
  } catch (thrown) {
    throw loadError(path, thrown)
  } finally {
    process.stdout.write = write
    process.off('exit', onExit)
  }
}

/** Node ends a process in which nothing can happen any more: then the file waits for something at its top level. */
function reportUnsettled(path: string): void {
  process.stderr.write(
    `dure: "${path}" never finishes loading: it waits at its top level. [CLI_MODULE_INVALID]\n`,
  )
  process.exitCode = 1
}

function loadError(path: string, thrown: unknown): DureError {
  const place = placeOf(thrown)
  const where = place === undefined ? '' : ` (${place})`
  if (thrown instanceof DureError) {
    return new DureError(thrown.code, `${thrown.message}${where}`, {
      cause: thrown,
      details: thrown.details,
    })
  }
  const [reason = ''] = messageOf(thrown).trim().split('\n')
  return new DureError('CLI_MODULE_INVALID', `"${path}" cannot be loaded: ${reason}${where}`, {
    cause: thrown,
  })
}

function isSystem(value: unknown): value is System {
  if (typeof value !== 'object' || value === null) return false
  return 'kind' in value && value.kind === 'system' && 'services' in value
}
