import { globSync } from 'node:fs'
import { sep } from 'node:path'

/** Where tests may be. A test file anywhere else would never run: an architecture test refuses it. */
export const testRoots = ['src', 'test', 'examples', 'bench', 'tools'] as const

export type Level = 'unit' | 'architecture' | 'contract' | 'sim' | 'int' | 'e2e'

const suffixes: readonly (readonly [suffix: string, level: Level])[] = [
  ['.contract.test.ts', 'contract'],
  ['.sim.test.ts', 'sim'],
  ['.int.test.ts', 'int'],
  ['.e2e.test.ts', 'e2e'],
  ['.test.ts', 'unit'],
]

/** Says at which level a file is tested, by its suffix; `undefined` when it is no test file. */
export function levelOf(file: string): Level | undefined {
  const level = suffixes.find(([suffix]) => file.endsWith(suffix))?.[1]
  return level === 'unit' && file.startsWith('test/architecture/') ? 'architecture' : level
}

/** Lists the repository's own TypeScript files under the test roots, with forward slashes, sorted. */
export function listTypeScript(root: string): readonly string[] {
  return testRoots
    .flatMap((folder) =>
      globSync(`${folder}/**/*.ts`, { cwd: root, exclude: (name) => ignored.has(name) }),
    )
    .map((file) => file.split(sep).join('/'))
    .toSorted()
}

const ignored = new Set(['node_modules', 'dist'])

/** Keeps the files that are one of `paths` or lie under one; all of them when no path is given. */
export function narrow(files: readonly string[], paths: readonly string[]): readonly string[] {
  const wanted = paths.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''))
  if (wanted.length === 0) return files
  return files.filter((file) => wanted.some((path) => file === path || file.startsWith(`${path}/`)))
}
