import { createHash } from 'node:crypto'
import type { Entry, EntryKind } from '../../log/store.port.ts'
import { unescapeText } from './text-escape.ts'

/** A row as an array, in the order of the columns. */
export type Row = readonly (string | number | null)[]

const kinds: readonly EntryKind[] = ['event', 'command', 'reply']

/** The number under which a kind of entry is stored. */
export const numberOfKind: Readonly<Record<EntryKind, number>> = { event: 0, command: 1, reply: 2 }

/** Indexed texts up to this length are kept as they are: an entry of an index has 2,704 bytes at most. */
const indexedCharactersMax = 200

/** The value of an index row as it is kept: the number 1 and the text "1" differ. */
export function indexedText(value: string | number): string {
  if (typeof value === 'number') return `n${value}`
  if (value.length <= indexedCharactersMax) return `s${value}`
  return `h${createHash('sha256').update(value, 'utf8').digest('hex')}`
}

/** The columns that `toEntry` reads, in its order. */
export const entryColumns = `partition, position, kind, type, schema_version, stream, stream_version, key, recipient, data, meta, at_ms`

/** An entry from its row. */
export function toEntry(row: Row): Entry {
  const [partition, position, kind, type, schemaVersion, ...rest] = row
  const [stream, streamVersion, key, to, data, meta, atMs] = rest
  const entry: { -readonly [K in keyof Entry]: Entry[K] } = {
    kind: kinds[toNumber(kind)] ?? 'event',
    type: toText(type),
    schemaVersion: toNumber(schemaVersion),
    key: toText(key),
    partition: toNumber(partition),
    data: toText(data),
    meta: toText(meta),
    atMs: toNumber(atMs),
    position: toNumber(position),
  }
  if (stream !== null) entry.stream = toText(stream)
  if (streamVersion !== null) entry.streamVersion = toNumber(streamVersion)
  if (to !== null) entry.to = toText(to)
  return entry
}

/** A column that is a text. */
export function toText(value: Row[number] | undefined): string {
  return unescapeText(String(value))
}

/** A column that is a number. */
export function toNumber(value: Row[number] | undefined): number {
  return Number(value)
}
