// In which order sagas take locks that are waited for: an edge leads from a lock that is held to one that is waited for
// meanwhile. Where the edges of all sagas lead back to where they began, sagas can wait for each other.
import type {
  LockManifest,
  Manifest,
  SagaManifest,
  SagaNodeManifest,
  SagaStepManifest,
} from '../manifest.ts'

/** A lock of an aggregate of a service. */
export interface LockPlace {
  /** `booking of rooms room`. */
  readonly name: string
  readonly lock: LockManifest
}

/** A lock that one step holds, and another one that a later step waits for. */
export interface LockEdge {
  readonly saga: string
  readonly held: string
  readonly heldSince: string
  readonly wanted: string
  readonly wantedBy: string
}

/** Which locks each command of a system takes, meets or frees. */
export function lockIndex({ services }: Manifest): ReadonlyMap<string, readonly LockPlace[]> {
  const places = services.flatMap(({ name: service, aggregates }) =>
    aggregates.flatMap(({ name: aggregate, locks = [] }) =>
      locks.map((lock) => ({ name: `${lock.name} of ${service} ${aggregate}`, lock })),
    ),
  )
  const index = new Map<string, LockPlace[]>()
  for (const place of places) {
    for (const type of commandsOf(place.lock)) index.set(type, [...(index.get(type) ?? []), place])
  }
  return index
}

function commandsOf({ takes, frees, guards }: LockManifest): readonly string[] {
  return [...takes, ...frees, ...guards]
}

interface Held {
  readonly name: string
  readonly step: string
  readonly instance: string | undefined
}

/** Finds what a saga holds while it waits. */
export class LockWalk {
  readonly edges: LockEdge[] = []
  /** Steps that take several instances of a lock at once, in no order. */
  readonly unordered: { readonly step: SagaStepManifest; readonly place: LockPlace }[] = []
  readonly #index: ReadonlyMap<string, readonly LockPlace[]>
  readonly #saga: string

  constructor(index: ReadonlyMap<string, readonly LockPlace[]>, saga: SagaManifest) {
    this.#index = index
    this.#saga = saga.name
    this.#walk(saga.nodes, [])
  }

  /** Gives what is held behind the nodes. */
  #walk(nodes: readonly SagaNodeManifest[], before: readonly Held[]): readonly Held[] {
    let held = before
    for (const node of nodes) {
      if (node.node === 'ensure') continue
      held = 'branches' in node ? this.#branch(node, held) : this.#step(node, held)
    }
    return held
  }

  #branch(
    { node, branches }: Extract<SagaNodeManifest, { branches: unknown }>,
    before: readonly Held[],
  ): readonly Held[] {
    const ends = branches.map(({ nodes }) => this.#walk(nodes, before))
    // What goes on side by side may come in any order: what one branch takes is held while another one waits.
    if (node === 'parallel') {
      for (const [place, { nodes }] of branches.entries()) {
        const others = ends.filter((_end, index) => index !== place).flat()
        this.#walk(
          nodes,
          others.filter((each) => !before.includes(each)),
        )
      }
    }
    return [...new Set(ends.flat())]
  }

  #step(step: SagaStepManifest, before: readonly Held[]): readonly Held[] {
    let held = before
    for (const place of this.#index.get(step.command) ?? []) {
      const { name, lock } = place
      if (lock.frees.includes(step.command)) held = held.filter((each) => each.name !== name)
      else {
        if (lock.whenHeld !== 'reject') this.#wait(step, place, before)
        if (lock.takes.includes(step.command))
          held = [...held, { name, step: step.name, instance: step.instance }]
      }
    }
    return held
  }

  #wait(step: SagaStepManifest, place: LockPlace, held: readonly Held[]): void {
    for (const each of held) {
      if (each.name === place.name && isSameInstance(each, step)) continue
      this.edges.push({
        saga: this.#saga,
        held: each.name,
        heldSince: each.step,
        wanted: place.name,
        wantedBy: step.name,
      })
    }
    const isSeveral = step.node === 'each' && step.max !== 1
    if (isSeveral && step.inOrderOf === undefined && place.lock.takes.includes(step.command))
      this.unordered.push({ step, place })
  }
}

/** Whether two steps are for one instance, as far as that can be said: an item is another one each time. */
function isSameInstance({ instance }: Held, step: SagaStepManifest): boolean {
  return instance !== undefined && instance === step.instance && !/\bitem\b/.test(instance)
}

/** The shortest ways that lead back to where they began, one for each set of locks. */
export function findCycles(edges: readonly LockEdge[]): readonly (readonly LockEdge[])[] {
  const cycles = new Map<string, readonly LockEdge[]>()
  for (const edge of edges) {
    const back = wayFrom(edges, edge.wanted, edge.held)
    if (!back) continue
    const cycle = [edge, ...back]
    const name = cycle
      .map(({ held }) => held)
      .toSorted()
      .join('|')
    if (!cycles.has(name)) cycles.set(name, cycle)
  }
  return [...cycles.values()]
}

/** The shortest way from one lock to another; empty when they are the same. */
function wayFrom(
  edges: readonly LockEdge[],
  from: string,
  to: string,
): readonly LockEdge[] | undefined {
  const ways = new Map<string, readonly LockEdge[]>([[from, []]])
  const open = [from]
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const way = ways.get(at) ?? []
    if (at === to) return way
    for (const edge of edges) {
      if (edge.held !== at || ways.has(edge.wanted)) continue
      ways.set(edge.wanted, [...way, edge])
      open.push(edge.wanted)
    }
  }
  return undefined
}
