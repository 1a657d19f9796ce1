import type { Entry, NewEntry } from '../log/store.port.ts'

export interface LogTailLimits {
  readonly entriesMax: number
  /** Characters of data that are kept in all. */
  readonly charactersMax: number
}

export const logTailLimits: LogTailLimits = { entriesMax: 2_000, charactersMax: 4_000_000 }

/**
 * The newest entries of one partition, kept in memory: what was just committed need not be read again to be passed on.
 *
 * Always a run without gaps that ends at the newest position that was added.
 */
export interface LogTail {
  add(entry: NewEntry, position: number): void
  /** Adds an entry if it is the very next; another one is left out, and comes later from where all are told in order. */
  addNext(entry: NewEntry, position: number): void
  /** Adds an entry that is told in order; one that is known is left out. */
  addTold(entry: Entry): void
  /** Up to `limit` entries after a position; undefined when the tail does not reach back that far. */
  after(position: number, limit: number): readonly Entry[] | undefined
  clear(): void
}

/** Creates an empty tail. */
export function createLogTail(limits: LogTailLimits = logTailLimits): LogTail {
  let entries: Entry[] = []
  let characters = 0

  function forgetOldest(): void {
    // Half goes at once, so that forgetting costs little for each entry.
    const kept = entries.slice(Math.ceil(entries.length / 2))
    entries = kept
    characters = kept.reduce((sum, { data }) => sum + data.length, 0)
  }

  function clear(): void {
    entries = []
    characters = 0
  }

  function add(entry: NewEntry, position: number): void {
    const last = entries.at(-1)
    if (last && last.position + 1 !== position) {
      // Another process wrote in between: what it wrote is only in the store.
      clear()
    }
    entries.push({ ...entry, position })
    characters += entry.data.length
    if (entries.length > limits.entriesMax || characters > limits.charactersMax) forgetOldest()
  }

  return {
    clear,
    add,
    addNext(entry, position) {
      if (entries.at(-1)?.position === position - 1) add(entry, position)
    },
    addTold(entry) {
      if (entry.position > (entries.at(-1)?.position ?? 0)) add(entry, entry.position)
    },
    after(position, limit) {
      const first = entries[0]
      if (!first || position + 1 < first.position) return undefined
      const from = position + 1 - first.position
      return entries.slice(from, from + limit)
    },
  }
}
