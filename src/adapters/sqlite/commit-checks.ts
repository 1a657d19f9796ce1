import type { DatabaseSync } from 'node:sqlite'
import type { UnappliedWrites } from '../../log/batch-rules.ts'
import type {
  Commit,
  CursorMove,
  DocumentCheck,
  StreamWrite,
  Verdict,
} from '../../log/store.port.ts'
import { prepareQuery, type Query } from './rows.ts'

export type Conflict = Extract<Verdict, { kind: 'conflict' }>

/** Where a stream is before a commit, and what the commit does with it. */
export interface StreamHead {
  readonly write: StreamWrite
  /** Place of its newest event; moves while events are written. */
  place: number | null
}

/** Compares what a commit expects with what there is. */
export interface CommitChecks {
  /** The heads of the commit's streams, or the first that is not as expected. */
  heads(commit: Commit, unapplied: UnappliedWrites | undefined): readonly StreamHead[] | Conflict
  /** The first of all other things that is not as expected. */
  others(commit: Commit, unapplied: UnappliedWrites | undefined): Conflict | undefined
  /** What a command id came to before; `undefined` when it is new. */
  used(commit: Commit): Verdict | undefined
}

const noHeads: readonly StreamHead[] = []

/** Prepares the comparisons of commits. */
export function prepareChecks(connection: DatabaseSync): CommitChecks {
  const head = prepareQuery(connection, 'SELECT version, place FROM streams WHERE stream = ?')
  const document = prepareQuery(
    connection,
    'SELECT version FROM documents WHERE view = ? AND key = ?',
  )
  const cursor = prepareQuery(
    connection,
    'SELECT position, incarnation FROM cursors WHERE consumer = ? AND source = ? AND partition = ?',
  )
  const timer = prepareQuery(connection, 'SELECT 1 FROM timers WHERE id = ?')
  const parked = prepareQuery(connection, 'SELECT 1 FROM parked WHERE id = ?')
  const command = prepareQuery(connection, 'SELECT fingerprint, result FROM commands WHERE id = ?')

  return {
    heads({ streams }, unapplied) {
      return streams === undefined ? noHeads : readHeads(head, streams, unapplied)
    },
    others(commit, unapplied) {
      const { documents, checkDocuments, clearViews, cursors, fireTimers, unpark } = commit
      return (
        (documents && findDocument(document, documents, { clearViews, unapplied })) ??
        (checkDocuments && findDocument(document, checkDocuments, { clearViews, unapplied })) ??
        (cursors && findCursor(cursor, cursors)) ??
        (fireTimers && findGone(timer, 'timer', fireTimers)) ??
        (unpark && findGone(parked, 'parked', unpark))
      )
    },
    used({ id, fingerprint = '' }) {
      const row = id === undefined ? undefined : command.first(id)
      if (row === undefined) return undefined
      return row[0] === fingerprint
        ? { kind: 'duplicate', result: String(row[1]) }
        : { kind: 'refused' }
    },
  }
}

function readHeads(
  query: Query,
  writes: readonly StreamWrite[],
  unapplied: UnappliedWrites | undefined,
): readonly StreamHead[] | Conflict {
  const heads: StreamHead[] = []
  for (const write of writes) {
    const { stream, expected } = write
    const row = query.first(stream)
    const actual = Number(row?.[0] ?? 0)
    if (actual !== expected || unapplied?.hasStream(stream)) {
      return { kind: 'conflict', on: 'stream', name: stream, expected, actual }
    }
    // Why the cast: the table is strict, and numbers are read as numbers.
    heads.push({ write, place: (row?.[1] ?? null) as number | null })
  }
  return heads
}

interface DocumentContext {
  readonly clearViews: readonly string[] | undefined
  readonly unapplied: UnappliedWrites | undefined
}

function findDocument(
  query: Query,
  documents: readonly DocumentCheck[],
  { clearViews, unapplied }: DocumentContext,
): Conflict | undefined {
  for (const { view, key, expected } of documents) {
    const actual = clearViews?.includes(view) ? 0 : Number(query.first(view, key)?.[0] ?? 0)
    if (actual === expected && !unapplied?.hasDocument(view, key)) continue
    return { kind: 'conflict', on: 'document', name: `${view}/${key}`, expected, actual }
  }
  return undefined
}

function findCursor(query: Query, moves: readonly CursorMove[]): Conflict | undefined {
  for (const { consumer, source, partition, incarnation, expected } of moves) {
    const row = query.first(consumer, source, partition)
    const actual = row?.[1] === incarnation ? Number(row[0]) : 0
    if (actual === expected) continue
    const name = `${consumer}/${source}/${partition}`
    return { kind: 'conflict', on: 'cursor', name, expected, actual }
  }
  return undefined
}

function findGone(
  query: Query,
  on: 'timer' | 'parked',
  ids: readonly string[],
): Conflict | undefined {
  const name = ids.find((id) => query.first(id) === undefined)
  return name === undefined ? undefined : { kind: 'conflict', on, name, expected: 1, actual: 0 }
}
