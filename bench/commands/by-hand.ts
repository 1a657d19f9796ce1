import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Commit, DocumentWrite, NewEntry, StreamWrite } from '../../src/log/store.port.ts'

/** What somebody would write by hand: the same rows, durable as a group, without a check and without a verdict. */
export interface ByHand extends Disposable {
  /** All commits in one transaction. */
  write(commits: readonly Commit[]): void
  /** One row, durable: what nothing that is durable can be faster than. */
  insert: (entry: NewEntry) => void
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE commands (id TEXT PRIMARY KEY, fingerprint TEXT, result TEXT) WITHOUT ROWID;
  CREATE TABLE streams (stream TEXT PRIMARY KEY, version INTEGER, state TEXT) WITHOUT ROWID;
  CREATE TABLE documents (
    view TEXT, key TEXT, version INTEGER, value TEXT, PRIMARY KEY (view, key)
  ) WITHOUT ROWID;
  CREATE TABLE document_index (
    view TEXT, name TEXT, value ANY, key TEXT, PRIMARY KEY (view, name, value, key)
  ) WITHOUT ROWID;
  CREATE TABLE log (
    position INTEGER PRIMARY KEY, kind TEXT, type TEXT, schema_version INTEGER, stream TEXT,
    stream_version INTEGER, key TEXT, data TEXT, meta TEXT, at_ms INTEGER
  );
`

/** Opens a database with the tables that one would make by hand. */
export function openByHand(folder: string): ByHand {
  const database = new DatabaseSync(join(folder, 'hand.db'))
  database.exec(schema)
  const begin = database.prepare('BEGIN IMMEDIATE')
  const end = database.prepare('COMMIT')
  const keepCommand = database.prepare('INSERT INTO commands VALUES (?, ?, ?)')
  const writes = prepareWrites(database)

  return {
    write(commits) {
      begin.run()
      for (const commit of commits) {
        keepCommand.run(commit.id ?? null, commit.fingerprint ?? null, commit.result ?? null)
        writeRows(writes, commit)
      }
      end.run()
    },
    insert: (entry) => writes.append(entry),
    [Symbol.dispose]: () => database.close(),
  }
}

function writeRows(writes: Writes, { streams = [], entries = [], documents = [] }: Commit): void {
  for (const entry of entries) writes.append(entry)
  for (const stream of streams) writes.moveStream(stream)
  for (const document of documents) writes.writeDocument(document)
}

interface Writes {
  append: (entry: NewEntry) => void
  moveStream(stream: StreamWrite): void
  writeDocument(document: DocumentWrite): void
}

function prepareWrites(database: DatabaseSync): Writes {
  const append = database.prepare(
    `INSERT INTO log (kind, type, schema_version, stream, stream_version, key, data, meta, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const moveStream = database.prepare(
    `INSERT INTO streams VALUES (?, ?, ?) ON CONFLICT DO UPDATE
     SET version = excluded.version, state = coalesce(excluded.state, state)`,
  )
  const writeDocument = database.prepare(
    `INSERT INTO documents VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET version = excluded.version, value = excluded.value`,
  )
  const addRow = database.prepare('INSERT INTO document_index VALUES (?, ?, ?, ?)')
  const removeRow = database.prepare(
    'DELETE FROM document_index WHERE view = ? AND name = ? AND value = ? AND key = ?',
  )

  return {
    append({ kind, type, schemaVersion, stream, streamVersion, key, data, meta, atMs }) {
      const place = [stream ?? null, streamVersion ?? null, key]
      append.run(kind, type, schemaVersion, ...place, data, meta, atMs)
    },
    moveStream: ({ stream, next, state }) => void moveStream.run(stream, next, state ?? null),
    writeDocument({ view, key, expected, value, index = [], unindex = [] }) {
      writeDocument.run(view, key, expected + 1, value ?? null)
      for (const [name, indexed] of unindex) removeRow.run(view, name, indexed, key)
      for (const [name, indexed] of index) addRow.run(view, name, indexed, key)
    },
  }
}
