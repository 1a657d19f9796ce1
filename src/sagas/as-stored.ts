/**
 * A value as it comes back from where a saga keeps it. Why at once: what JSON does not hold, a date or a map, would be
 * there until the process ends, and something else after its restart.
 */
export function asStored<T>(value: T): T {
  const text = JSON.stringify(value)
  // Why the casts: what does survive JSON is the same, and the language asks for nothing else.
  return text === undefined ? (undefined as T) : (JSON.parse(text) as T)
}
