// What each participant does in a saga, in lanes: one for each service, its steps from left to right as the plan has them.
import {
  type SagaManifest,
  type SagaNodeManifest,
  type SagaStepManifest,
  participantsOf,
  serviceOf,
  unknownTarget,
} from '../manifest.ts'

/** Where something stands: the columns follow the plan; rows of a lane are for what goes on side by side. */
export interface LaneBox {
  /** Absent: the start, or the end. */
  readonly step?: SagaStepManifest
  readonly lane: number
  readonly column: number
  readonly row: number
}

/** From a box to the next one that the saga comes to, by its index. */
export interface LaneArrow {
  readonly from: number
  readonly to: number
  /** The way that was chosen. */
  readonly label?: string
}

export interface Lanes {
  /** Services, the one that starts or coordinates the saga first. */
  readonly services: readonly string[]
  /** The start first, the end last. */
  readonly boxes: readonly LaneBox[]
  readonly arrows: readonly LaneArrow[]
}

/** Where the saga is before a node: the boxes that it comes from, each with the way that was chosen there. */
type Holders = readonly { readonly box: number; readonly label?: string }[]

/** Lays out what each participant does. A step whose service is not known stands in a lane of its own. */
export function layOutLanes(saga: SagaManifest): Lanes {
  return new LaneLayout(saga).lay(saga.nodes)
}

class LaneLayout {
  readonly #services: string[]
  readonly #boxes: LaneBox[] = []
  readonly #arrows: LaneArrow[] = []

  constructor(saga: SagaManifest) {
    this.#services = [...new Set([saga.by, ...participantsOf(saga)])]
  }

  lay(nodes: readonly SagaNodeManifest[]): Lanes {
    const start = this.#place(0, 0)
    const { column, holders } = this.#layAll(nodes, 1, [{ box: start }])
    this.#arrive(this.#place(0, column), holders)
    return { services: this.#services, boxes: this.#boxes, arrows: this.#arrows }
  }

  #layAll(
    nodes: readonly SagaNodeManifest[],
    first: number,
    from: Holders,
  ): { readonly column: number; readonly holders: Holders } {
    let column = first
    let holders = from
    for (const node of nodes) {
      if ('branches' in node) {
        const isChoice = node.node === 'choice'
        const [start, before] = [column, holders]
        const ways = node.branches.map(({ name, nodes: inside }) =>
          this.#layAll(
            inside,
            start,
            isChoice ? before.map(({ box }) => ({ box, label: name })) : before,
          ),
        )
        column = Math.max(start, ...ways.map((way) => way.column))
        holders = ways.flatMap((way) => way.holders)
      } else if (node.node !== 'ensure') {
        const box = this.#place(this.#laneOf(node), column, node)
        this.#arrive(box, holders)
        holders = [{ box }]
        column += 1
      }
    }
    return { column, holders }
  }

  #laneOf({ command }: SagaStepManifest): number {
    const service = command === unknownTarget ? 'not known' : serviceOf(command)
    if (!this.#services.includes(service)) this.#services.push(service)
    return this.#services.indexOf(service)
  }

  #place(lane: number, column: number, step?: SagaStepManifest): number {
    const row = this.#boxes.filter((box) => box.lane === lane && box.column === column).length
    this.#boxes.push({ lane, column, row, ...(step && { step }) })
    return this.#boxes.length - 1
  }

  #arrive(to: number, holders: Holders): void {
    for (const { box: from, label } of holders) {
      if (this.#arrows.some((arrow) => arrow.from === from && arrow.to === to)) continue
      this.#arrows.push({ from, to, ...(label !== undefined && { label }) })
    }
  }
}
