// The steps of a plan with their places in it, whatever the plan is kept as.

/** Where in a plan a saga can still turn back. */
type Phase = 'before' | 'pivot' | 'after'

/** A step of a plan, as far as it matters to an instance that has come there. */
export interface PlanStep {
  readonly name: string
  readonly node: 'step' | 'each'
  readonly phase: Phase
  readonly hasUndo: boolean
  /** Whether rejections are results like others. */
  readonly collects: boolean
  /** Its place in the sequence, then the way, then the place in that, and so on. */
  readonly path: readonly (number | string)[]
}

/** The part of a node that is read here: nodes of a plan have it, and those of a manifest. */
export interface AnyPlanNode {
  readonly node: string
  readonly name: string
  readonly pivot?: boolean
  readonly phase?: string
  readonly undo?: unknown
  readonly rejection?: string | undefined
  readonly branches?: readonly { readonly name: string; readonly nodes: readonly AnyPlanNode[] }[]
}

/** Every step of a plan, in its order. */
export function planSteps(nodes: readonly AnyPlanNode[]): readonly PlanStep[] {
  return stepsIn(nodes, { phase: 'before', path: [] })
}

interface Place {
  readonly phase: Phase
  readonly path: PlanStep['path']
}

function stepsIn(nodes: readonly AnyPlanNode[], { phase: start, path }: Place): PlanStep[] {
  let phase = start
  return nodes.flatMap((node, index) => {
    const here = { phase: isPivot(node) ? 'pivot' : phase, path: [...path, index] } as const
    if (isPivot(node)) phase = 'after'
    return stepsAt(node, here)
  })
}

function stepsAt(node: AnyPlanNode, { phase, path }: Place): PlanStep[] {
  const { branches = [], name, node: kind } = node
  if (kind !== 'step' && kind !== 'each')
    return branches.flatMap((way) => stepsIn(way.nodes, { phase, path: [...path, way.name] }))
  const hasUndo = node.undo !== undefined
  return [{ name, node: kind, phase, path, hasUndo, collects: node.rejection === 'collect' }]
}

function isPivot({ pivot, phase }: AnyPlanNode): boolean {
  return pivot === true || phase === 'pivot'
}

/** Whether one step comes after another. Steps on different ways come in no order. */
export function isBehind({ path }: PlanStep, { path: other }: PlanStep): boolean {
  const level = path.findIndex((each, index) => each !== other[index])
  const [here, there] = [path[level], other[level]]
  return typeof here === 'number' && typeof there === 'number' && here > there
}
