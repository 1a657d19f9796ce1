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
  return new SortedValues(compare)
}

class SortedValues<T> implements SortedList<T> {
  readonly #values: T[] = []
  readonly #compare: (one: T, other: T) => number

  constructor(compare: (one: T, other: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#values.length
  }

  add(value: T): void {
    const place = this.#placeOf(value)
    if (!this.#holds(place, value)) this.#values.splice(place, 0, value)
  }

  remove(value: T): void {
    const place = this.#placeOf(value)
    if (this.#holds(place, value)) this.#values.splice(place, 1)
  }

  first(): T | undefined {
    return this.#values[0]
  }

  after(value: T | undefined, limit: number): readonly T[] {
    if (value === undefined) return this.#values.slice(0, limit)
    const place = this.#placeOf(value)
    const start = this.#holds(place, value) ? place + 1 : place
    return this.#values.slice(start, start + limit)
  }

  /** The place of the first value that is not below `value`. */
  #placeOf(value: T): number {
    let low = 0
    let high = this.#values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      // Why the cast: the middle lies between two places of the list.
      if (this.#compare(this.#values[middle] as T, value) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #holds(place: number, value: T): boolean {
    // Why the cast: the place was looked at.
    return place < this.#values.length && this.#compare(this.#values[place] as T, value) === 0
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
