// Chance that can be replayed. Each place of the world has a sequence of its own, so that what one place draws does
// not move what another one draws: a case from which something was taken away stays nearly the same case.
// Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (streams by key); Steele et al., SplitMix.

/** A sequence of draws. */
export interface Chance {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number, at least `low`, at most `high`. */
  between(low: number, high: number): number
  happens(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]]): T
  pick<T>(items: readonly T[]): T | undefined
}

/** All sequences of one seed. */
export interface Chances {
  /** The sequence of a place: the same one each time it is asked for. */
  of(place: string): Chance
}

/** Creates the sequences of a seed: an integer, of which 32 bits count. */
export function createChances(seed: number): Chances {
  const known = new Map<string, Chance>()
  return {
    of(place) {
      const found = known.get(place)
      if (found) return found
      const fresh = createChance(mix(hashText(place) ^ mix(seed)))
      known.set(place, fresh)
      return fresh
    },
  }
}

/** Creates one sequence. */
export function createChance(seed: number): Chance {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    return (mix(state) >>> 0) / 0x1_0000_0000
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    happens: (probability) => next() < probability,
    // Why the cast: an empty list gives undefined, as the second overload says.
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T,
  }
}

/** A 32-bit hash of a text (FNV-1a). */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash | 0
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return mixed ^ (mixed >>> 15)
}
