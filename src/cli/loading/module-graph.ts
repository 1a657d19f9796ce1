import { registerHooks } from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The user's own files that loading a module has touched: no libraries, nothing of Dure itself. */
export interface ModuleGraph {
  /** Every file, also one that could not be loaded. */
  files(): readonly string[]
  /** The own files that each own file imports. */
  imports(): ReadonlyMap<string, ReadonlySet<string>>
}

/** Where Dure's own modules lie: `src` or `dist`. */
const home = fileURLToPath(new URL('../..', import.meta.url))

/** Begins to record which modules import which. */
export function recordModules(entry: string): ModuleGraph {
  const found = new Map<string, Set<string>>([[entry, new Set()]])
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const importer = ownFile(context.parentURL)
      const imported = ownFile(resolved.url)
      if (imported !== undefined && !found.has(imported)) found.set(imported, new Set())
      if (imported !== undefined && importer !== undefined) {
        const imports = found.get(importer) ?? new Set()
        found.set(importer, imports.add(imported))
      }
      return resolved
    },
  })
  return { files: () => [...found.keys()], imports: () => found }
}

function ownFile(url: string | undefined): string | undefined {
  if (!url?.startsWith('file:')) return undefined
  const file = fileURLToPath(url.replace(/[?#].*$/, ''))
  const isForeign = file.startsWith(home) || file.includes(`${sep}node_modules${sep}`)
  return isForeign ? undefined : file
}

/** Loads a module of the user; one that is loaded already is not run again. */
export async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
}
