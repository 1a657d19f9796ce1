import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { capabilities, packagesOfRooms, schemaTypes, technologies } from '../map.ts'
import { folderOf, isTest, type RepositoryFile, sourcesUnder } from '../repository/files.ts'
import { type ImportedModule, importsOf } from '../repository/syntax.ts'

/** Where a file of `src` lives: its room, and the technology inside `adapters`. */
interface Home {
  readonly room: string
  readonly technology?: string
}

/** Finds the imports that the map does not allow. */
export function findLayerViolations(files: readonly RepositoryFile[]): readonly string[] {
  return sourcesUnder(files, 'src').flatMap((file) => {
    const home = homeOf(file.path)
    if (!isOnMap(home)) return [`${file.path} lies in a folder that is not on the map`]
    return importsOf(file).flatMap((each) => {
      const problem = each.specifier.startsWith('.')
        ? problemWithFile(file, home, each)
        : problemWithPackage(file, home, each)
      return problem === undefined ? [] : [`${file.path}:${each.line} ${problem}`]
    })
  })
}

function homeOf(path: string): Home {
  const [, room = '', inner = '', ...rest] = path.split('/')
  if (path === 'src/index.ts') return { room: 'index' }
  return room === 'adapters' && rest.length > 0 ? { room, technology: inner } : { room }
}

function isOnMap({ room, technology }: Home): boolean {
  if (room === 'adapters') return technology !== undefined && technologies.has(technology)
  return ['index', 'language', 'testing', 'cli'].includes(room) || capabilities.has(room)
}

function problemWithFile(
  file: RepositoryFile,
  from: Home,
  { specifier }: ImportedModule,
): string | undefined {
  const path = posix.join(folderOf(file.path), specifier)
  if (!path.startsWith('src/')) return `imports ${path}, which is outside src`
  const to = homeOf(path)
  if (to.room === from.room && to.technology === from.technology) return undefined
  if (isTest(file)) return problemOfTest(from, to)
  if (to.room === 'testing') return `imports ${path}: only tests use src/testing`
  if (from.room === 'index' || from.room === 'cli') return undefined
  if (mayReach(from, to)) return undefined
  return `imports ${path}: ${describe(from)} may not know ${describe(to)}`
}

function mayReach(from: Home, to: Home): boolean {
  if (to.room === 'language') return true
  if (from.room === 'language') return false
  if (capabilities.has(to.room)) return true
  // A simulated world is made of the reference adapters; it runs on the machine that `node` knows.
  if (from.room === 'simulate') return ['memory', 'node'].includes(to.technology ?? '')
  return from.room === 'testing' && to.technology === 'memory'
}

/** A test of an adapter may lean on the reference, never on a rival. */
function problemOfTest(from: Home, to: Home): string | undefined {
  const isRival = from.room === 'adapters' && to.room === 'adapters' && to.technology !== 'memory'
  return isRival ? `tests ${describe(from)} with ${describe(to)}: use adapters/memory` : undefined
}

function problemWithPackage(
  file: RepositoryFile,
  { room }: Home,
  { specifier, isType }: ImportedModule,
): string | undefined {
  if (isTest(file) || isBuiltin(specifier) || ['adapters', 'cli'].includes(room)) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (name === schemaTypes && isType) return undefined
  return packagesOfRooms[room]?.includes(name) ? undefined : `loads ${name}: ${room} may not`
}

function describe({ room, technology }: Home): string {
  return technology === undefined ? room : `adapters/${technology}`
}
