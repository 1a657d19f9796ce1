// What the runtime remembers of streams and documents: their newest version, including effects that are decided
// and not yet committed. A commit that fails makes its cells stale: whoever comes next loads them again.

/** One versioned thing: the state of a stream, or a document. */
export interface Cell {
  readonly id: string
  version: number
  value: unknown
  /** For streams: the version of the newest stored state. */
  stateAt: number
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

/** Creates a cache that keeps the `cellsMax` cells used last, and every cell with a pending commit. */
export function createCellCache(cellsMax: number): CellCache {
  // A Map remembers the order of insertion: the first cells are those not used for longest.
  const cells = new Map<string, Cell>()

  function evict(newest: Cell): void {
    for (const [id, cell] of cells) {
      if (cells.size <= cellsMax) return
      if (cell.pending > 0 || cell === newest) continue
      cells.delete(id)
    }
  }

  return {
    get(id) {
      const cell = cells.get(id)
      if (cell && cells.size * 2 > cellsMax) {
        cells.delete(id)
        cells.set(id, cell)
      }
      return cell
    },
    put(cell) {
      cells.set(cell.id, cell)
      if (cells.size > cellsMax) evict(cell)
    },
    drop(cell) {
      if (cells.get(cell.id) === cell) cells.delete(cell.id)
    },
    clear() {
      cells.clear()
    },
    get size() {
      return cells.size
    },
  }
}
