// What the runtime remembers of streams and documents: their newest version, including effects that are decided
// and not yet committed. A commit that fails makes its cells stale: whoever comes next loads them again.

/** One versioned thing: the state of a stream, or a document. */
export interface Cell {
  readonly id: string
  version: number
  value: unknown
  /** For streams: the version of the newest stored state. */
  stateAt: number
  /** For streams: the time of its newest event, as far as it is known. */
  atMs: number
  /** Commits that write the cell and have no verdict yet. */
  pending: number
}

export interface CellCache {
  get(id: string): Cell | undefined
  put(cell: Cell): void
  /** Forgets a cell whose value did not become true. */
  drop(cell: Cell): void
  clear(): void
  readonly size: number
}

/**
 * Creates a cache that keeps about the `cellsMax` cells used last, and every cell with a pending commit.
 *
 * Two generations: what is used moves to the young one; when that has half of the cells it becomes the old one, and
 * what was not used since is forgotten.
 */
export function createCellCache(cellsMax: number): CellCache {
  return new TwoGenerations(cellsMax)
}

// Why a class: an object with a getter of its own has a layout of its own, which holds all that the getter can see until
// the whole heap is collected.
class TwoGenerations implements CellCache {
  readonly #cellsMax: number
  #young = new Map<string, Cell>()
  #old = new Map<string, Cell>()

  constructor(cellsMax: number) {
    this.#cellsMax = cellsMax
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(id: string): Cell | undefined {
    const found = this.#young.get(id)
    if (found) return found
    const aged = this.#old.get(id)
    if (aged) {
      this.#old.delete(id)
      this.#keep(aged)
    }
    return aged
  }

  put(cell: Cell): void {
    this.#old.delete(cell.id)
    this.#keep(cell)
  }

  drop(cell: Cell): void {
    if (this.#young.get(cell.id) === cell) this.#young.delete(cell.id)
    if (this.#old.get(cell.id) === cell) this.#old.delete(cell.id)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }

  #keep(cell: Cell): void {
    if (this.#young.size * 2 >= this.#cellsMax) this.#age()
    this.#young.set(cell.id, cell)
  }

  #age(): void {
    const forgotten = this.#old
    const old = this.#young
    for (const [id, cell] of forgotten) if (cell.pending > 0 && !old.has(id)) old.set(id, cell)
    this.#old = old
    this.#young = new Map()
  }
}
