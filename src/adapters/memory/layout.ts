// All nodes in one column; each edge has a lane of its own to the right of it, with the label beside the lane:
//
//   [one  ]---.          lane 1 leads from `one` to `three`
//   [two  ]   | label
//   [three]<--'

import type {
  ArrangedEdge,
  Arrangement,
  GraphLayout,
  LayoutGraph,
  Point,
} from '../../graph/layout.port.ts'

const gap = 24

/** A layout that anybody can check by hand: the reference, and fast in tests. */
export function columnLayout(): GraphLayout {
  return { arrange: async (graph) => arrange(graph) }
}

function arrange(graph: LayoutGraph): Arrangement {
  const nodes = new Map<string, Point>()
  let bottom = gap
  for (const { id, height } of graph.nodes) {
    nodes.set(id, { x: gap, y: bottom })
    bottom += height + gap
  }
  const columnWidth = Math.max(0, ...graph.nodes.map(({ width }) => width))
  const edges = new Map<string, ArrangedEdge>()
  let lane = gap + columnWidth + gap
  for (const edge of graph.edges) {
    const places = [edge.from, edge.to].map((id) => portOf(graph, nodes, id))
    edges.set(edge.id, lead(places, lane, edge.label !== undefined))
    lane += (edge.label?.width ?? 0) + gap
    bottom = Math.max(bottom, (places[0]?.y ?? 0) + (edge.label?.height ?? 0) + gap)
  }
  return { width: lane + gap, height: bottom, nodes, edges }
}

/** The middle of the right side of a node. */
function portOf(graph: LayoutGraph, nodes: ReadonlyMap<string, Point>, id: string): Point {
  const size = graph.nodes.find((node) => node.id === id)
  const { x, y } = nodes.get(id) ?? { x: 0, y: 0 }
  return { x: x + (size?.width ?? 0), y: y + (size?.height ?? 0) / 2 }
}

function lead([from, to]: readonly Point[], lane: number, hasLabel: boolean): ArrangedEdge {
  const start = from ?? { x: 0, y: 0 }
  const end = to ?? start
  const points = [start, { x: lane, y: start.y }, { x: lane, y: end.y }, end]
  return hasLabel ? { points, label: { x: lane + gap / 4, y: start.y } } : { points }
}
