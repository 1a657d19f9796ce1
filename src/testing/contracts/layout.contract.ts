import assert from 'node:assert/strict'
import type {
  Arrangement,
  GraphLayout,
  LayoutGraph,
  LayoutNode,
  Point,
  Size,
} from '../../graph/layout.port.ts'
import type { PortContract } from './verify-contract.ts'

interface Box extends Point, Size {}

const tolerance = 0.5

/** Seven boxes of different sizes, with lines there and back, several between two, and one box alone. */
const graph: LayoutGraph = {
  nodes: [
    { id: 'door', width: 80, height: 40 },
    { id: 'stock', width: 160, height: 90 },
    { id: 'order', width: 200, height: 140 },
    { id: 'payment', width: 120, height: 60 },
    { id: 'provider', width: 90, height: 30 },
    { id: 'shipment', width: 150, height: 75 },
    { id: 'alone', width: 100, height: 50 },
  ],
  edges: [
    { id: 'a', from: 'door', to: 'stock', label: { width: 60, height: 14 } },
    { id: 'b', from: 'door', to: 'order' },
    { id: 'c', from: 'order', to: 'stock', label: { width: 110, height: 28 } },
    { id: 'd', from: 'stock', to: 'order', label: { width: 90, height: 56 } },
    { id: 'e', from: 'order', to: 'payment', label: { width: 70, height: 14 } },
    { id: 'f', from: 'order', to: 'payment', label: { width: 70, height: 14 } },
    { id: 'g', from: 'payment', to: 'provider' },
    { id: 'h', from: 'payment', to: 'shipment', label: { width: 130, height: 14 } },
    { id: 'i', from: 'shipment', to: 'order', label: { width: 100, height: 14 } },
  ],
}

/** What every layout keeps. */
export const layoutContract: PortContract<GraphLayout> = {
  port: 'layout',
  promises: [
    {
      promise: 'gives every node, edge and label a place inside the picture',
      async check(layout) {
        const arrangement = await layout.arrange(graph)

        assert.deepEqual([...arrangement.nodes.keys()].toSorted(), ids(graph.nodes))
        assert.deepEqual([...arrangement.edges.keys()].toSorted(), ids(graph.edges))
        for (const box of [...nodeBoxes(arrangement), ...labelBoxes(arrangement)]) {
          assert.ok(isInside(box, arrangement), `${JSON.stringify(box)} is outside`)
        }
        for (const { points } of arrangement.edges.values()) {
          for (const point of points)
            assert.ok(isInside({ ...point, width: 0, height: 0 }, arrangement))
        }
      },
    },
    {
      promise: 'lets no two nodes overlap',
      async check(layout) {
        const boxes = nodeBoxes(await layout.arrange(graph))

        for (const [index, box] of boxes.entries()) {
          for (const other of boxes.slice(index + 1)) assert.ok(!overlap(box, other))
        }
      },
    },
    {
      promise: 'lays labels on no node and on no other label',
      async check(layout) {
        const arrangement = await layout.arrange(graph)

        const labels = labelBoxes(arrangement)

        assert.equal(labels.length, graph.edges.filter(({ label }) => label).length)
        for (const [index, label] of labels.entries()) {
          const others = [...nodeBoxes(arrangement), ...labels.slice(index + 1)]
          assert.ok(!others.some((other) => overlap(label, other)), JSON.stringify(label))
        }
      },
    },
    {
      promise: 'leads each line from the border of its first node to the border of its second',
      async check(layout) {
        const arrangement = await layout.arrange(graph)

        for (const edge of graph.edges) {
          const points = arrangement.edges.get(edge.id)?.points ?? []
          assert.ok(points.length >= 2)
          assert.ok(
            isOnBorder(points[0], boxOf(arrangement, edge.from)),
            `${edge.id} begins elsewhere`,
          )
          assert.ok(
            isOnBorder(points.at(-1), boxOf(arrangement, edge.to)),
            `${edge.id} ends elsewhere`,
          )
        }
      },
    },
    {
      promise: 'gives the same arrangement for the same graph',
      async check(layout) {
        const [first, second] = [await layout.arrange(graph), await layout.arrange(graph)]

        assert.deepEqual(first, second)
      },
    },
    {
      promise: 'arranges a graph without edges, and one without anything',
      async check(layout) {
        const lonely = await layout.arrange({ nodes: graph.nodes, edges: [] })
        const empty = await layout.arrange({ nodes: [], edges: [] })

        assert.equal(lonely.nodes.size, graph.nodes.length)
        assert.equal(empty.nodes.size, 0)
        assert.ok(Number.isFinite(empty.width) && Number.isFinite(empty.height))
      },
    },
  ],
}

function ids(parts: readonly { readonly id: string }[]): readonly string[] {
  return parts.map(({ id }) => id).toSorted()
}

function boxOf(arrangement: Arrangement, id: string): Box {
  const size = graph.nodes.find((node) => node.id === id) as LayoutNode
  const { x, y } = arrangement.nodes.get(id) as Point
  return { x, y, width: size.width, height: size.height }
}

function nodeBoxes(arrangement: Arrangement): readonly Box[] {
  return graph.nodes.map(({ id }) => boxOf(arrangement, id))
}

function labelBoxes(arrangement: Arrangement): readonly Box[] {
  return graph.edges.flatMap(({ id, label }) => {
    const place = arrangement.edges.get(id)?.label
    return label && place ? [{ ...place, ...label }] : []
  })
}

function isInside({ x, y, width, height }: Box, picture: Size): boolean {
  const fits = x + width <= picture.width + tolerance && y + height <= picture.height + tolerance
  return x >= -tolerance && y >= -tolerance && fits
}

function overlap(one: Box, other: Box): boolean {
  const apart =
    one.x + one.width <= other.x + tolerance ||
    other.x + other.width <= one.x + tolerance ||
    one.y + one.height <= other.y + tolerance ||
    other.y + other.height <= one.y + tolerance
  return !apart
}

function isOnBorder(point: Point | undefined, { x, y, width, height }: Box): boolean {
  if (
    !point ||
    !isInside({ x: point.x - x, y: point.y - y, width: 0, height: 0 }, { width, height })
  ) {
    return false
  }
  const near = (one: number, other: number): boolean => Math.abs(one - other) <= tolerance
  const isOnSide = near(point.x, x) || near(point.x, x + width)
  return isOnSide || near(point.y, y) || near(point.y, y + height)
}
