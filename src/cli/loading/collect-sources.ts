import { readFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { DureError } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { SourceFile } from '../../graph/index.ts'
import type { LoadedSystem } from './load-system.ts'
import { importFile } from './module-graph.ts'

/** Files beyond this number are not a system that a person has written. */
const filesMax = 20_000

/** Tells of each of the user's files what it imports and which service it is a part of. */
export async function collectSources({
  system,
  modules,
}: LoadedSystem): Promise<readonly SourceFile[]> {
  const imports = modules.imports()
  const files = modules.files()
  if (files.length > filesMax) {
    throw new DureError(
      'CLI_MODULE_INVALID',
      `The system has ${files.length} files; at most ${filesMax} are checked.`,
    )
  }
  const parts = partsOf(system)
  const contracts = new Map<unknown, string>(
    system.services.map(({ name, contract }) => [contract, name]),
  )
  return Promise.all(
    files.map(async (file) => {
      const exported = Object.values(await importFile(file))
      const named = (names: ReadonlyMap<unknown, string>): readonly string[] =>
        exported.flatMap((value) => names.get(value) ?? [])
      const all = new Set([...(imports.get(file) ?? []), ...typeImportsOf(file)])
      return {
        file: toSlashes(file),
        imports: [...all].map(toSlashes),
        defines: named(parts),
        publishes: named(contracts),
      }
    }),
  )
}

/** The service that each definition belongs to. */
function partsOf(system: System): ReadonlyMap<unknown, string> {
  return new Map<unknown, string>(
    system.services.flatMap((service) =>
      [service, service.contract, ...service.aggregates, ...service.views, ...service.policies].map(
        (part) => [part, service.name] as const,
      ),
    ),
  )
}

const comments = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm
const typeImport = /^\s*(?:import|export)\s+type\b[^'"]*?\bfrom\s*['"](\.[^'"]*)['"]/gm

/** Imports of types only: they are gone when the file runs, so that loading it does not show them. */
function typeImportsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8').replaceAll(comments, '')
  return [...text.matchAll(typeImport)].map(([, specifier = '']) =>
    resolve(dirname(file), specifier),
  )
}

function toSlashes(file: string): string {
  return file.split(sep).join('/')
}
