import type { Entry } from '../../log/store.port.ts'
import type { ReadableLog } from './saga-places.ts'

/** Entries of a log that are read at once. */
export const logPageMax = 1_000

/**
 * How far the time of an entry may be from that of its neighbours, in milliseconds: clocks of processes differ, and the
 * time of a stream never goes back.
 */
const disorderMs = 600_000

/**
 * Reads the entries of a log from one time to another, with a margin on both sides.
 *
 * A log is ordered by time nearly, so the first of them is found in a few steps, however long the log is.
 */
export async function* readBetween(
  log: ReadableLog,
  fromMs: number,
  toMs: number,
): AsyncIterable<Entry> {
  const heads = await log.heads()
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const head = heads[partition] ?? 0
    let after = await positionBefore(log, { partition, head, atMs: fromMs - disorderMs })
    while (after < head) {
      const page = await log.read({ partition, after, limit: logPageMax })
      const last = page.at(-1)
      if (!last) break
      yield* page
      if (last.atMs > toMs + disorderMs) break
      after = last.position
    }
  }
}

interface Search {
  readonly partition: number
  readonly head: number
  readonly atMs: number
}

/** The position before the first entry of a time, by halves. */
async function positionBefore(
  log: ReadableLog,
  { partition, head, atMs }: Search,
): Promise<number> {
  let [low, high] = [0, head]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [entry] = await log.read({ partition, after: middle, limit: 1 })
    if (entry && entry.atMs < atMs) low = middle + 1
    else high = middle
  }
  return low
}
