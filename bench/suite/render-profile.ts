// Where the time went, from a CPU profile of V8: by module, and by function.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const functionsMax = 20
const modulesMax = 15
const ownModule =
  /\/(src\/adapters\/[^/]+|src\/[^/]+|examples\/[^/]+|bench\/[^/]+|node_modules\/[^/]+)\//

/** Renders the newest profile of a folder. Time inside the engine counts for the module that called it. */
export function renderProfile(folder: string): string {
  const file = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .toSorted()
    .at(-1)
  if (file === undefined) return '  no profile was written'
  // Why the cast: the engine wrote it.
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile
  const { modules, functions } = sumUp(profile)
  return [
    '  by module:',
    ...renderShares(modules, modulesMax),
    '  by function:',
    ...renderShares(functions, functionsMax),
  ].join('\n')
}

type Shares = Map<string, number>

function sumUp({ nodes, samples, timeDeltas }: Profile): { modules: Shares; functions: Shares } {
  const modules: Shares = new Map()
  const functions: Shares = new Map()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((c) => [c, id])))
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id)
    if (node === undefined || node.callFrame.functionName === '(idle)') continue
    const spent = timeDeltas[index] ?? 0
    add(functions, nameOf(node), spent)
    add(modules, moduleOf(id, byId, parents), spent)
  }
  return { modules, functions }
}

function add(shares: Shares, name: string, spent: number): void {
  shares.set(name, (shares.get(name) ?? 0) + spent)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/(?=src\/|examples\/|bench\/|node_modules\/)/, '')
  return `${functionName || '(anonymous)'} ${file}${file === '' ? '' : `:${lineNumber + 1}`}`
}

function moduleOf(
  id: number,
  byId: ReadonlyMap<number, ProfileNode>,
  parents: ReadonlyMap<number, number>,
): string {
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const found = ownModule.exec(byId.get(at)?.callFrame.url ?? '')?.[1]
    if (found !== undefined) return found
  }
  return byId.get(id)?.callFrame.functionName ?? ''
}

function renderShares(shares: Shares, max: number): readonly string[] {
  const total = shares.values().reduce((sum, each) => sum + each, 0)
  return [...shares]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, max)
    .map(([name, spent]) => `  ${((100 * spent) / total).toFixed(1).padStart(6)} %  ${name}`)
}
