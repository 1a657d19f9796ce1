// What stands between the steps of a plan: ways that are gone together, ways of which one is chosen, and tests.
import type { SagaNodeManifest } from '../manifest.ts'
import { compatible, needsMapping, type PlanChange } from './plan-change.ts'

type Nodes = readonly SagaNodeManifest[]

/** What is different about branchings and tests. */
export function compareBranchings(before: Nodes, now: Nodes): readonly PlanChange[] {
  return [...compareWays(before, now), ...compareChoices(before, now), ...compareTests(before, now)]
}

/** Each step with the ways that lead to it. */
function waysTo(nodes: Nodes, way = ''): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const node of nodes) {
    if (node.node === 'step' || node.node === 'each') found.set(node.name, way)
    for (const branch of 'branches' in node ? node.branches : []) {
      const inner = waysTo(branch.nodes, `${way}${node.node} "${node.name}", way "${branch.name}"`)
      for (const [step, path] of inner) found.set(step, path)
    }
  }
  return found
}

function compareWays(before: Nodes, now: Nodes): readonly PlanChange[] {
  const next = waysTo(now)
  return [...waysTo(before)].flatMap(([step, way]) => {
    const place = next.get(step)
    if (place === undefined || place === way) return []
    return [
      needsMapping(`Step "${step}" stands ${inWords(place)} now, and ${inWords(way)} before.`),
    ]
  })
}

function inWords(way: string): string {
  return way === '' ? 'on no way of its own' : `on ${way}`
}

function choicesIn(nodes: Nodes): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const node of nodes) {
    if (!('branches' in node)) continue
    if (node.node === 'choice')
      found.set(
        node.name,
        node.branches.map(({ name }) => name),
      )
    for (const { nodes: inner } of node.branches)
      for (const [name, ways] of choicesIn(inner)) found.set(name, ways)
  }
  return found
}

/** A way that was chosen is kept with the instance: it has to be there. */
function compareChoices(before: Nodes, now: Nodes): readonly PlanChange[] {
  const next = choicesIn(now)
  return [...choicesIn(before)].flatMap(([name, ways]) => {
    const lost = next.has(name) ? ways.find((way) => !next.get(name)?.includes(way)) : undefined
    if (lost === undefined) return []
    return [needsMapping(`Choice "${name}" has lost its way "${lost}", which may be chosen.`)]
  })
}

function testsIn(nodes: Nodes): readonly string[] {
  return nodes.flatMap((node) => {
    if ('branches' in node) return node.branches.flatMap((branch) => testsIn(branch.nodes))
    return node.node === 'ensure' ? [node.name] : []
  })
}

function compareTests(before: Nodes, now: Nodes): readonly PlanChange[] {
  const [old, next] = [testsIn(before), testsIn(now)]
  const added = next.filter((name) => !old.includes(name))
  const gone = old.filter((name) => !next.includes(name))
  return [
    ...added.map((name) =>
      compatible(`Test "${name}" is new: instances before their pivot are put to it, too.`),
    ),
    ...gone.map((name) => compatible(`Test "${name}" is gone: nobody is put to it any more.`)),
  ]
}
