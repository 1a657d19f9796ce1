export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface LayoutNode extends Size {
  readonly id: string
}

/** A line between two different nodes of the graph. */
export interface LayoutEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  /** The place that its text needs. */
  readonly label?: Size
}

export interface LayoutGraph {
  readonly nodes: readonly LayoutNode[]
  readonly edges: readonly LayoutEdge[]
}

export interface ArrangedEdge {
  /** The way of the line, from the border of one node to the border of the other. */
  readonly points: readonly Point[]
  /** The upper left corner of the label, when the edge has one. */
  readonly label?: Point
}

/** Where everything goes. Nothing lies left of 0 or above 0. */
export interface Arrangement extends Size {
  /** Upper left corners by the id of the node. */
  readonly nodes: ReadonlyMap<string, Point>
  readonly edges: ReadonlyMap<string, ArrangedEdge>
}

/** Decides where the boxes and lines of a picture go. */
export interface GraphLayout {
  /**
   * Arranges a graph so that nodes do not overlap and labels lie on no node.
   *
   * The same graph always gives the same arrangement.
   */
  arrange(graph: LayoutGraph): Promise<Arrangement>
}
