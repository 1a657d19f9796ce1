// Several reads from one snapshot: all of them are one statement, with a part for each kind of read that there is.
//
// A row is the number of its read, whether it is the head of a stream, and the columns of an entry. Heads and documents
// use those columns for what they have: see the parts below.
import type {
  Entry,
  LoadedStream,
  SnapshotAnswer,
  SnapshotRead,
  StoredDocument,
} from '../../log/store.port.ts'
import { loadedEventsMax } from '../../log/store.port.ts'
import { encodeDoubles, encodeIntegers, encodeTexts } from './binary-arrays.ts'
import type { ReadOptions } from './log-reads.ts'
import { entryColumns, indexedText, type Row, toEntry, toNumber, toText } from './rows.ts'

type Kind = SnapshotRead['kind']
type Numbered = readonly (readonly [SnapshotRead, number])[]

interface Part {
  readonly kind: Kind
  /** Types of the arrays that the part is given, one row for each read. */
  readonly types: readonly string[]
  readonly columns: readonly string[]
  /** A query over the rows `u`. */
  readonly sql: (schema: string, rows: string) => string
  readonly values: (reads: Numbered) => readonly Buffer[]
}

/** Answers all reads from one snapshot, in their order. */
export type AnswerReads = (reads: readonly SnapshotRead[]) => Promise<readonly SnapshotAnswer[]>

/** Prepares snapshots. */
export function prepareSnapshots({ schema, readers }: ReadOptions): AnswerReads {
  return async (reads) => {
    const asked = parts
      .map((part) => ({
        part,
        reads: reads.flatMap((read, index) =>
          read.kind === part.kind ? [[read, index] as const] : [],
        ),
      }))
      .filter((each) => each.reads.length > 0)
    if (asked.length === 0) return []
    const rows = await readers.ask(
      statementOf(
        schema,
        asked.map(({ part }) => part),
      ),
      asked.flatMap((each) => each.part.values(each.reads)),
    )
    return answersOf(reads, rows)
  }
}

function statementOf(
  schema: string,
  asked: readonly Part[],
): { readonly name: string; readonly text: string } {
  let parameter = 0
  const queries = asked.map(({ types, columns, sql }) => {
    const arrays = types.map((type) => `$${(parameter += 1)}::${type}`).join(', ')
    return `(${sql(schema, `unnest(${arrays}) AS u(${columns.join(', ')})`)})`
  })
  return {
    name: `snapshot ${asked.map(({ kind }) => kind).join(' ')}`,
    text: queries.join('\nUNION ALL\n'),
  }
}

/** A document: its key, its value as data, and its version as position. */
function documentColumns(document: string): string {
  return `u.o, 0, 0, ${document}.version, 0, '', 0::bigint, NULL::text, 0::bigint,
    ${document}.key, NULL::text, ${document}.value, '', 0::bigint`
}

const limits = (reads: Numbered): Buffer =>
  encodeDoubles(reads.map(([read]) => ('limit' in read ? Math.max(0, read.limit) : 0)))
const numbers = (reads: Numbered): Buffer => encodeIntegers(reads.map(([, index]) => index))
const textsOf = (reads: Numbered, pick: (read: SnapshotRead) => string | undefined): Buffer =>
  encodeTexts(reads.map(([read]) => pick(read)))
const viewOf = (read: SnapshotRead): string => ('view' in read ? read.view : '')
const afterOf = (read: SnapshotRead): string | undefined =>
  'after' in read ? read.after : undefined

const parts: readonly Part[] = [
  {
    kind: 'get',
    types: ['integer[]', 'text[]', 'text[]'],
    columns: ['o', 'view', 'key'],
    sql: (schema, rows) => `SELECT ${documentColumns('t')}
      FROM ${rows} JOIN ${schema}.documents t ON t.view = u.view AND t.key = u.key`,
    values: (reads) => [
      numbers(reads),
      textsOf(reads, viewOf),
      textsOf(reads, (read) => (read.kind === 'get' ? read.key : '')),
    ],
  },
  {
    kind: 'list',
    types: ['integer[]', 'text[]', 'text[]', 'double precision[]'],
    columns: ['o', 'view', 'after', 'size'],
    sql: (schema, rows) => `SELECT ${documentColumns('d')} FROM ${rows} CROSS JOIN LATERAL (
        SELECT * FROM ${schema}.documents t
        WHERE t.view = u.view AND (u.after IS NULL OR t.key > u.after)
        ORDER BY t.key LIMIT u.size::bigint) d`,
    values: (reads) => [
      numbers(reads),
      textsOf(reads, viewOf),
      textsOf(reads, afterOf),
      limits(reads),
    ],
  },
  {
    kind: 'find',
    types: ['integer[]', 'text[]', 'text[]', 'text[]', 'text[]', 'double precision[]'],
    columns: ['o', 'view', 'name', 'value', 'after', 'size'],
    sql: (schema, rows) => `SELECT ${documentColumns('d')} FROM ${rows} CROSS JOIN LATERAL (
        SELECT t.* FROM ${schema}.document_index i
        JOIN ${schema}.documents t ON t.view = i.view AND t.key = i.key
        WHERE i.view = u.view AND i.name = u.name AND i.value = u.value
          AND (u.after IS NULL OR i.key > u.after)
        ORDER BY i.key LIMIT u.size::bigint) d`,
    values: (reads) => [
      numbers(reads),
      textsOf(reads, viewOf),
      textsOf(reads, (read) => (read.kind === 'find' ? read.index : '')),
      textsOf(reads, (read) => (read.kind === 'find' ? indexedText(read.value) : '')),
      textsOf(reads, afterOf),
      limits(reads),
    ],
  },
  {
    kind: 'stream',
    types: ['integer[]', 'text[]'],
    columns: ['o', 'stream'],
    // A head: its version as position, the version of its state as such, where the state is as version of the stream.
    sql: (
      schema,
      rows,
    ) => `SELECT u.o, 1, 0, s.version, 0, '', t.state_version, s.stream, t.state_at,
        '', NULL::text, t.state, '', 0::bigint
      FROM ${rows} JOIN ${schema}.streams s ON s.stream = u.stream
      LEFT JOIN ${schema}.states t ON t.stream = u.stream
      UNION ALL
      SELECT u.o, 0, e.* FROM ${rows} JOIN ${schema}.streams s ON s.stream = u.stream
      LEFT JOIN ${schema}.states t ON t.stream = u.stream
      CROSS JOIN LATERAL (
        SELECT ${entryColumns} FROM ${schema}.log l
        WHERE l.stream = u.stream AND l.stream_version > coalesce(t.state_at, 0)
          AND l.position > coalesce(t.born, s.born)
          AND s.version > coalesce(t.state_at, 0)
        ORDER BY l.stream_version LIMIT ${loadedEventsMax}) e`,
    values: (reads) => [
      numbers(reads),
      textsOf(reads, (read) => (read.kind === 'stream' ? read.stream : '')),
    ],
  },
]

function answersOf(
  reads: readonly SnapshotRead[],
  rows: readonly Row[],
): readonly SnapshotAnswer[] {
  const byRead = reads.map((): Row[] => [])
  for (const row of rows) byRead[toNumber(row[0])]?.push(row)
  return reads.map((read, index): SnapshotAnswer => {
    const own = byRead[index] ?? []
    if (read.kind === 'stream') return { kind: 'stream', stream: toLoaded(read.stream, own) }
    return { kind: 'documents', documents: own.map(toDocument) }
  })
}

function toDocument(row: Row): StoredDocument {
  return { key: toText(row[9]), version: toNumber(row[3]), value: toText(row[11]) }
}

function toLoaded(stream: string, rows: readonly Row[]): LoadedStream {
  const events: Entry[] = []
  let head: Row | undefined
  for (const row of rows) {
    if (row[1] === 1) head = row
    else events.push(toEntry(row.slice(2)))
  }
  if (head === undefined) return { stream, version: 0, stateAt: 0, events: [] }
  const [, , , version, , , stateVersion, , stateAt, , , state] = head
  return {
    stream,
    version: toNumber(version),
    stateAt: stateAt === null ? 0 : toNumber(stateAt),
    ...(state === null ? {} : { state: toText(state) }),
    ...(stateVersion === null ? {} : { stateVersion: toNumber(stateVersion) }),
    events,
  }
}
