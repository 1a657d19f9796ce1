import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Entry, EntryKind } from '../../log/store.port.ts'
import { placesPerPartition } from './schema.ts'

/** A row as an array, in the order of the columns: reading it costs half of what an object does. */
export type Row = readonly SQLOutputValue[]

/** A prepared query. */
export interface Query {
  first(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): readonly Row[]
}

/** Prepares a query whose rows are arrays. */
export function prepareQuery(connection: DatabaseSync, sql: string): Query {
  const statement: StatementSync = connection.prepare(sql)
  statement.setReturnArrays(true)
  return {
    // Why the casts: the types of Node do not follow `setReturnArrays`.
    first: (...values) => statement.get(...values) as unknown as Row | undefined,
    all: (...values) => statement.all(...values) as unknown as readonly Row[],
  }
}

const kinds: readonly EntryKind[] = ['event', 'command', 'reply']

/** The number under which a kind of entry is stored. */
export const numberOfKind: Readonly<Record<EntryKind, number>> = { event: 0, command: 1, reply: 2 }

/** The columns that `toEntry` reads, in its order. */
export const entryColumns = `place, kind, type, schema_version, stream, stream_version, key, recipient, data, meta, at_ms`

/** An entry from its row. */
export function toEntry(row: Row): Entry {
  // Why the cast: the table is strict, so that each column holds its type.
  const [place, kind, type, schemaVersion, stream, streamVersion, key, to, data, meta, atMs] =
    row as readonly [
      number,
      number,
      string,
      number,
      string | null,
      number | null,
      string,
      string | null,
      string,
      string,
      number,
    ]
  const partition = Math.floor(place / placesPerPartition)
  const entry: { -readonly [K in keyof Entry]: Entry[K] } = {
    kind: kinds[kind] ?? 'event',
    type,
    schemaVersion,
    key,
    partition,
    data,
    meta,
    atMs,
    position: place - partition * placesPerPartition,
  }
  if (stream !== null) entry.stream = stream
  if (streamVersion !== null) entry.streamVersion = streamVersion
  if (to !== null) entry.to = to
  return entry
}
