/** Judges a list; the first thing that is wrong ends it. */
export function firstOf<T>(
  items: readonly T[] | undefined,
  judge: (item: T) => string | undefined,
): string | undefined {
  if (!items) return undefined
  for (const item of items) {
    const text = judge(item)
    if (text !== undefined) return text
  }
  return undefined
}
