import elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js'
import type {
  ArrangedEdge,
  Arrangement,
  GraphLayout,
  LayoutEdge,
  LayoutGraph,
  LayoutNode,
} from '../../graph/layout.port.ts'

// The options are explained at https://eclipse.dev/elk/reference/options.html.
const layoutOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.padding': '[top=24,left=24,bottom=24,right=24]',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.thoroughness': '40',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
}

/** Arranges pictures in layers, with lines of right angles. Source: the layered algorithm of the Eclipse Layout Kernel. */
export function elkLayout(): GraphLayout {
  return {
    async arrange(graph) {
      const kernel = new elk.default()
      return readArrangement(await kernel.layout(writeGraph(graph)))
    },
  }
}

function writeGraph({ nodes, edges }: LayoutGraph): ElkNode {
  return {
    id: 'picture',
    layoutOptions,
    children: nodes.map(writeNode),
    edges: edges.map(writeEdge),
  }
}

function writeNode({ id, width, height }: LayoutNode): ElkNode {
  return { id: `node ${id}`, width, height }
}

function writeEdge({ id, from, to, label }: LayoutEdge): ElkExtendedEdge {
  return {
    id: `edge ${id}`,
    sources: [`node ${from}`],
    targets: [`node ${to}`],
    labels: label ? [{ text: id, width: label.width, height: label.height }] : [],
  }
}

function readArrangement({
  width = 0,
  height = 0,
  children = [],
  edges = [],
}: ElkNode): Arrangement {
  return {
    width,
    height,
    nodes: new Map(children.map(({ id, x = 0, y = 0 }) => [idOf(id), { x, y }])),
    edges: new Map(edges.map((edge) => [idOf(edge.id), readEdge(edge)])),
  }
}

function idOf(elkId: string): string {
  return elkId.slice(elkId.indexOf(' ') + 1)
}

function readEdge({ sections = [], labels = [] }: ElkExtendedEdge): ArrangedEdge {
  const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ])
  const [label] = labels
  const plain = points.map(({ x, y }) => ({ x, y }))
  return label ? { points: plain, label: { x: label.x ?? 0, y: label.y ?? 0 } } : { points: plain }
}
