/** Values in ascending order, without repetition. Finding, adding and removing search by halves. */
export interface SortedList<T> {
  readonly size: number
  add(value: T): void
  remove(value: T): void
  first(): T | undefined
  /** The next `limit` values after `value`, which need not be in the list; without it from the start. */
  after(value: T | undefined, limit: number): readonly T[]
}

/** Creates an empty list that is ordered by `compare`. */
export function createSortedList<T>(compare: (one: T, other: T) => number): SortedList<T> {
  const values: T[] = []

  /** The place of the first value that is not below `value`. */
  const placeOf = (value: T): number => {
    let low = 0
    let high = values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      // Why the cast: the middle lies between two places of the list.
      if (compare(values[middle] as T, value) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  const holds = (place: number, value: T): boolean =>
    place < values.length && compare(values[place] as T, value) === 0

  return {
    get size() {
      return values.length
    },
    add(value) {
      const place = placeOf(value)
      if (!holds(place, value)) values.splice(place, 0, value)
    },
    remove(value) {
      const place = placeOf(value)
      if (holds(place, value)) values.splice(place, 1)
    },
    first: () => values[0],
    after(value, limit) {
      if (value === undefined) return values.slice(0, limit)
      const place = placeOf(value)
      const start = holds(place, value) ? place + 1 : place
      return values.slice(start, start + limit)
    },
  }
}

/** Orders texts by their code points, as UTF-8 bytes are ordered. */
export function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index += 1) {
    const left = one.charCodeAt(index)
    const right = other.charCodeAt(index)
    if (left !== right) return rankOf(left) - rankOf(right)
  }
  return one.length - other.length
}

/** Where a code unit stands in the order of code points: surrogates stand for characters beyond U+FFFF. */
function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit
}
