import type { EntryMeta, NewEntry } from '../../../log/store.port.ts'

const known = new WeakMap<NewEntry, EntryMeta>()

/** Where an entry comes from. Read once, however many judges ask. */
export function entryMeta(entry: NewEntry): EntryMeta {
  const found = known.get(entry)
  if (found) return found
  // Why the cast: entries hold what `JSON.stringify` made of their meta.
  const meta = JSON.parse(entry.meta) as EntryMeta
  known.set(entry, meta)
  return meta
}

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
