import { DatabaseSync } from 'node:sqlite'
import type { Commit } from '../../src/log/store.port.ts'
import type { Lane } from './lanes.ts'

/**
 * What somebody would write by hand for the same rows, without checks and without verdicts: the command id, the event
 * and the head of its stream, durable as a group.
 */
export function openHandWritten(file: string): Lane {
  const database = new DatabaseSync(file)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE commands (id TEXT PRIMARY KEY, fingerprint TEXT, result TEXT) WITHOUT ROWID;
    CREATE TABLE streams (stream TEXT PRIMARY KEY, version INTEGER, position INTEGER) WITHOUT ROWID;
    CREATE TABLE log (
      position INTEGER PRIMARY KEY, kind TEXT, type TEXT, schema_version INTEGER, stream TEXT,
      stream_version INTEGER, key TEXT, data TEXT, meta TEXT, at_ms INTEGER
    );
  `)
  const keepCommand = database.prepare('INSERT INTO commands VALUES (?, ?, ?)')
  const appendEntry = database.prepare(
    `INSERT INTO log (kind, type, schema_version, stream, stream_version, key, data, meta, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const moveStream = database.prepare(
    `INSERT INTO streams VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, position = excluded.position`,
  )
  const begin = database.prepare('BEGIN')
  const end = database.prepare('COMMIT')

  const write = ({ id, fingerprint, result, streams, entries }: Commit): void => {
    keepCommand.run(id ?? null, fingerprint ?? null, result ?? null)
    const entry = entries?.[0]
    const stream = streams?.[0]
    if (!entry || !stream) return
    const { lastInsertRowid } = appendEntry.run(
      entry.kind,
      entry.type,
      entry.schemaVersion,
      entry.stream ?? null,
      entry.streamVersion ?? null,
      entry.key,
      entry.data,
      entry.meta,
      entry.atMs,
    )
    moveStream.run(stream.stream, stream.next, lastInsertRowid)
  }

  return {
    async commit(batch) {
      begin.run()
      for (const commit of batch) write(commit)
      end.run()
    },
    close: async () => database.close(),
  }
}
