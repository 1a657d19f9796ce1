import { type Saga, type SagaNode, waysOf } from '../language/saga/saga-plan.ts'

/** A node that sends commands. */
export type CommandNode = Extract<SagaNode, { node: 'step' | 'each' }>

const known = new WeakMap<Saga, ReadonlyMap<string, CommandNode>>()

/** The nodes of a saga that send commands, by name, those inside branches included. */
export function nodesByName(saga: Saga): ReadonlyMap<string, CommandNode> {
  const found = known.get(saga)
  if (found) return found
  const nodes = new Map(commandNodes(saga.nodes).map((node) => [node.name, node] as const))
  known.set(saga, nodes)
  return nodes
}

function commandNodes(nodes: readonly SagaNode[]): CommandNode[] {
  return nodes.flatMap((node) =>
    node.node === 'step' || node.node === 'each'
      ? [node]
      : waysOf(node).flatMap((way) => commandNodes(way.nodes)),
  )
}

/** The node of a step id: `stock/0` belongs to `stock`. */
export function stepNode(saga: Saga, step: string): CommandNode | undefined {
  const slash = step.indexOf('/')
  return nodesByName(saga).get(slash < 0 ? step : step.slice(0, slash))
}
