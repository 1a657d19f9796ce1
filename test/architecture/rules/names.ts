import { posix } from 'node:path'
import { folderOf, type RepositoryFile } from '../repository/files.ts'

const roots = /^(?:src|test|examples|bench|tools|apps)\//
const kebab = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
/** What may stand between a file's name and its ending: the part that the file plays. */
const parts = new Set([
  '',
  'port',
  'contract',
  'test',
  'contract.test',
  'sim.test',
  'int.test',
  'e2e.test',
  'test-d',
  'bench',
  'gen',
  'd',
])
/** Names that say nothing of what is inside, for files and folders. */
const banned = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'core',
  'managers',
  'manager',
  'types',
  'common',
  'misc',
  'shared',
  'lib',
])

/** Finds files and folders whose names do not say what they are. */
export function findBadNames(files: readonly RepositoryFile[]): readonly string[] {
  return files.filter(({ path }) => roots.test(path)).flatMap(({ path }) => judge(path))
}

function judge(path: string): readonly string[] {
  const folders = folderOf(path).split('/')
  const badFolder = folders.find((name) => banned.has(name) || !kebab.test(name))
  const problems = badFolder === undefined ? [] : [`${path}: a folder is not called "${badFolder}"`]
  return /\.(?:ts|tsx|mjs|js)$/.test(path) ? [...problems, ...judgeFile(path)] : problems
}

function judgeFile(path: string): readonly string[] {
  const [name = '', ...rest] = posix.basename(path).split('.')
  const part = rest.slice(0, -1).join('.')
  return [
    ...(kebab.test(name) ? [] : [`${path}: "${name}" is not in kebab-case`]),
    ...(banned.has(name) ? [`${path}: "${name}" says nothing of what is inside`] : []),
    ...(parts.has(part) ? [] : [`${path}: ".${part}" is not a part that a file can play`]),
    ...(part.endsWith('test') &&
    /\d$|^(?:fix|issue)-/.test(name) &&
    !path.startsWith('src/adapters/')
      ? [`${path}: name the behaviour, not a number`]
      : []),
  ]
}
