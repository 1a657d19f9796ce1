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
  let young = new Map<string, Cell>()
  let old = new Map<string, Cell>()

  function keep(cell: Cell): void {
    if (young.size * 2 >= cellsMax) age()
    young.set(cell.id, cell)
  }

  function age(): void {
    const forgotten = old
    old = young
    young = new Map()
    for (const [id, cell] of forgotten) if (cell.pending > 0 && !old.has(id)) old.set(id, cell)
  }

  return {
    get(id) {
      const found = young.get(id)
      if (found) return found
      const aged = old.get(id)
      if (aged) {
        old.delete(id)
        keep(aged)
      }
      return aged
    },
    put(cell) {
      old.delete(cell.id)
      keep(cell)
    },
    drop(cell) {
      if (young.get(cell.id) === cell) young.delete(cell.id)
      if (old.get(cell.id) === cell) old.delete(cell.id)
    },
    clear() {
      young.clear()
      old.clear()
    },
    get size() {
      return young.size + old.size
    },
  }
}
