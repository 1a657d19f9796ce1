import type { DatabaseSync } from 'node:sqlite'
import type { SnapshotRead, StoredDocument } from '../../log/store.port.ts'
import { prepareQuery, type Row } from './rows.ts'

type DocumentRead = Exclude<SnapshotRead, { kind: 'stream' }>

/** Reads documents of views. */
export type ReadDocuments = (read: DocumentRead) => readonly StoredDocument[]

/** Prepares the reads of documents. */
export function prepareViewReads(connection: DatabaseSync): ReadDocuments {
  const get = prepareQuery(
    connection,
    'SELECT key, version, value FROM documents WHERE view = ? AND key = ?',
  )
  const list = prepareQuery(
    connection,
    `SELECT key, version, value FROM documents
     WHERE view = ? AND key >= ? ORDER BY key LIMIT ?`,
  )
  const find = prepareQuery(
    connection,
    `SELECT documents.key, version, documents.value
     FROM document_index AS rows CROSS JOIN documents
       ON documents.view = rows.view AND documents.key = rows.key
     WHERE rows.view = ? AND rows.name = ? AND rows.value = ? AND rows.key >= ?
     ORDER BY rows.key LIMIT ?`,
  )
  const rowsOf = (read: DocumentRead): readonly Row[] => {
    if (read.kind === 'get') return get.all(read.view, read.key)
    const from = firstAfter(read.after)
    if (read.kind === 'list') return list.all(read.view, from, read.limit)
    return find.all(read.view, read.index, read.value, from, read.limit)
  }
  return (read) => rowsOf(read).map(toDocument)
}

/** The first text after another one: nothing lies between a text and the same one followed by U+0000. */
export function firstAfter(text: string | undefined): string {
  return text === undefined ? '' : `${text}\u0000`
}

function toDocument(row: Row): StoredDocument {
  // Why the cast: the table is strict, so that each column holds its type.
  const [key, version, value] = row as readonly [string, number, string]
  return { key, version, value }
}
