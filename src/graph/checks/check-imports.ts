// Which file belongs to which service is read from what the files define: the folder of a service is the highest
// folder in which no other service defines anything. Files in such a folder are the inside of the service; only the
// files that publish its contract are for others.

import { type Finding, finding } from './findings.ts'

/** A source file of a system: what it defines, and what it imports. Paths have forward slashes. */
export interface SourceFile {
  readonly file: string
  readonly imports: readonly string[]
  /** Services of which the file defines a part: the service itself, its contract, an aggregate, a view. */
  readonly defines: readonly string[]
  /** Services whose contract the file exports. */
  readonly publishes: readonly string[]
}

/** Finds imports of another service's inside. */
export function checkImports(files: readonly SourceFile[]): readonly Finding[] {
  const owners = ownersOf(files)
  const published = new Set(
    files.filter(({ publishes }) => publishes.length > 0).map(({ file }) => file),
  )
  return files.flatMap(({ file, imports }) => {
    const own = owners.get(file)
    if (own === undefined) return []
    return imports
      .filter((target) => !published.has(target))
      .flatMap((target) => {
        const other = owners.get(target)
        return other === undefined || other === own ? [] : [across({ file, own, target, other })]
      })
  })
}

interface Crossing {
  readonly file: string
  readonly own: string
  readonly target: string
  readonly other: string
}

function across({ file, own, target, other }: Crossing): Finding {
  const message = `Service "${own}" imports ${target}, which is inside service "${other}". Import the contract of "${other}" instead, and send it a command, ask a query or follow its events.`
  return finding('IMPORT_ACROSS_SERVICES', file, message)
}

/** The service that each file belongs to; files between the services, like the system's, belong to none. */
function ownersOf(files: readonly SourceFile[]): ReadonlyMap<string, string> {
  const definers = new Map<string, Set<string>>()
  for (const { file, defines } of files) {
    for (const folder of foldersOf(file)) {
      definers.set(folder, new Set([...(definers.get(folder) ?? []), ...defines]))
    }
  }
  const owners = files.map(({ file, defines }) => {
    const home = [
      new Set(defines),
      ...foldersOf(file).map((folder) => definers.get(folder) ?? new Set()),
    ]
    // The nearest place that says anything at all decides.
    const nearest = home.find((services) => services.size > 0)
    const [only] = nearest?.size === 1 ? nearest : []
    return [file, only] as const
  })
  return new Map(owners.filter((pair): pair is readonly [string, string] => pair[1] !== undefined))
}

/** The folders that hold a file, the nearest first. */
function foldersOf(file: string): readonly string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'))
}
