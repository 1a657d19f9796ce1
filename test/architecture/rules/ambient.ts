import { isBuiltin } from 'node:module'
import type { AmbientException } from '../exceptions.ts'
import { type RepositoryFile, shippedSources } from '../repository/files.ts'
import { type GlobalUse, globalUsesOf } from '../repository/references.ts'
import { type ImportedModule, importsOf, lineAt, syntaxOf } from '../repository/syntax.ts'

/** Rooms that touch the world: everything else is given time, chance and I/O through ports. */
const worldly = ['src/adapters/', 'src/cli/']

/** Globals that reach the world, or read its time and chance, whatever is done with them. */
const ambient = new Set([
  'Date',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'process',
  'console',
  'fetch',
  'performance',
  'navigator',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'Worker',
  'Buffer',
  'require',
  'global',
  'globalThis',
])

/** Globals that are pure but for some of their members. A global taken whole is taken with these. */
const ambientMembers: Readonly<Record<string, (member: string | undefined) => boolean>> = {
  Math: (member) => member === undefined || member === 'random',
  crypto: (member) => member !== 'subtle',
  AbortSignal: (member) => member === 'timeout',
}

/** Finds where shipped code outside the worldly rooms reaches past its ports. */
export function findAmbientUses(
  files: readonly RepositoryFile[],
  exceptions: readonly AmbientException[] = [],
): readonly string[] {
  const sources = shippedSources(files).filter(
    ({ path }) => !worldly.some((room) => path.startsWith(room)),
  )
  const found = sources.map((file) => ({ file, uses: usesIn(file) }))
  const idle = exceptions.filter(
    (each) => !found.some(({ file, uses }) => uses.some((use) => isExcepted(file, use, each))),
  )
  return [
    ...idle.map(({ file, name }) => `${file} no longer uses ${name}: remove its exception`),
    ...found.flatMap(({ file, uses }) =>
      uses
        .filter((use) => !exceptions.some((each) => isExcepted(file, use, each)))
        .map((use) => describeUse(file, use)),
    ),
    ...sources.flatMap(importsIn),
  ]
}

function usesIn(file: RepositoryFile): readonly GlobalUse[] {
  return globalUsesOf(syntaxOf(file).program).filter(isAmbient)
}

function isExcepted(
  { path }: RepositoryFile,
  use: GlobalUse,
  { file, name }: AmbientException,
): boolean {
  return file === path && name === writtenName(use)
}

function describeUse(file: RepositoryFile, use: GlobalUse): string {
  return `${file.path}:${lineAt(file, use.offset)} uses ${writtenName(use)}: take it through a port`
}

function writtenName({ name, member }: GlobalUse): string {
  return member === undefined ? name : `${name}.${member}`
}

function isAmbient({ name, member }: GlobalUse): boolean {
  return ambient.has(name) || (ambientMembers[name]?.(member) ?? false)
}

function importsIn(file: RepositoryFile): readonly string[] {
  return importsOf(file)
    .filter((each) => isBuiltin(each.specifier) && !isAssertOfSuite(file, each))
    .map(
      ({ specifier, line }) =>
        `${file.path}:${line} imports ${specifier}: only adapters and cli may`,
    )
}

/** A conformance suite is run by tests only, and asserts. */
function isAssertOfSuite(file: RepositoryFile, { specifier }: ImportedModule): boolean {
  return file.path.startsWith('src/testing/') && specifier.startsWith('node:assert')
}
