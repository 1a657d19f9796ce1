import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text file of the repository, with its path from the root and forward slashes. */
export interface RepositoryFile {
  readonly path: string
  readonly text: string
}

export const root = join(import.meta.dirname, '..', '..', '..')

const foreign = new Set(['node_modules', 'dist', 'coverage', 'results'])
const textSuffix = /\.(?:ts|tsx|mjs|js|md|json|css|html|ya?ml)$/

/** Reads every text file of the repository that people wrote; hidden folders are left out. */
export function readRepository(): readonly RepositoryFile[] {
  return walk('').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

function walk(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries.flatMap((entry) => {
    if (entry.name.startsWith('.') || foreign.has(entry.name)) return []
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return walk(path)
    return entry.isFile() && textSuffix.test(entry.name) ? [path] : []
  })
}

/** Whether a file only tests: what such a file imports and uses never reaches a user. */
export function isTest({ path }: RepositoryFile): boolean {
  return /\.test(?:-d)?\.ts$/.test(path)
}

/** Keeps the TypeScript files under a folder. */
export function sourcesUnder(
  files: readonly RepositoryFile[],
  folder: string,
): readonly RepositoryFile[] {
  return files.filter(({ path }) => path.startsWith(`${folder}/`) && path.endsWith('.ts'))
}

/** Keeps the shipped TypeScript: what is under `src` and is no test. */
export function shippedSources(files: readonly RepositoryFile[]): readonly RepositoryFile[] {
  return sourcesUnder(files, 'src').filter((file) => !isTest(file))
}

/** The folder that a path lies in; empty for a file at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
