// Finds what of a list is needed for something to happen: chunks are taken away first, then smaller ones, then single
// items, until nothing more can go.
// Source: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 28, 2002): `ddmin`.

/** Tries whether it happens with these items alone. Gives those of them that were needed for it, or nothing. */
export type Attempt<T> = (kept: readonly T[]) => Promise<readonly T[] | undefined>

/**
 * Gives a part of the items with which it still happens, and from which no single one can be taken: `ddmin`.
 *
 * It is assumed to happen with all of them. At most about the square of their number is tried, mostly far less; an
 * attempt that refuses everything ends it at once, with what was reached.
 */
export async function minimize<T>(items: readonly T[], attempt: Attempt<T>): Promise<readonly T[]> {
  if (items.length === 0) return items
  let kept = (await attempt([])) ?? items
  let chunksCount = 2
  while (kept.length > 1) {
    const count = Math.min(chunksCount, kept.length)
    const chunks = split(kept, count)
    const part = await firstOf(chunks, attempt)
    const rest = part ? undefined : await firstOf(complements(chunks), attempt)
    const smaller = part ?? rest
    if (!smaller && count === kept.length) return kept
    kept = smaller ?? kept
    chunksCount = smaller ? nextCount(part !== undefined, count) : count * 2
  }
  return kept
}

/** What was found in one chunk is cut in two again; what is left without one chunk keeps the others as they are. */
function nextCount(isPart: boolean, count: number): number {
  return isPart ? 2 : Math.max(2, count - 1)
}

async function firstOf<T>(
  candidates: readonly (readonly T[])[],
  attempt: Attempt<T>,
): Promise<readonly T[] | undefined> {
  for (const candidate of candidates) {
    const found = await attempt(candidate)
    if (found) return found
  }
  return undefined
}

function split<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  return Array.from({ length: count }, (_, index) =>
    items.slice(
      Math.floor((index * items.length) / count),
      Math.floor(((index + 1) * items.length) / count),
    ),
  )
}

/** All but one chunk. Of two chunks each is the other's complement: they were tried. */
function complements<T>(chunks: readonly (readonly T[])[]): readonly (readonly T[])[] {
  if (chunks.length === 2) return []
  return chunks.map((_, index) => chunks.flatMap((chunk, other) => (other === index ? [] : chunk)))
}
