import type { DatabaseSync } from 'node:sqlite'
import { DureError } from '../../language/errors.ts'
import { type LogRoom, openLogRoom } from './log-room.ts'
import { applicationId, layoutVersion, partitionsMax, schemaSql } from './schema.ts'
import { closeFile, lockFile, noteOwner, prepareFolder } from './store-file.ts'
import { storeError } from './store-error.ts'

// The numbers below were measured: decision 0004.

const pageBytes = 4_096
/** Memory that one store uses for pages, at most. */
const cacheKibibytes = 4_096
/** The write-ahead log is copied into the file when it has so many pages (16 MiB)... */
const checkpointPages = 4_000
/** ...and is cut to this size when one large batch has made it grow beyond. */
const journalBytesMax = 32 * 1024 * 1024

export interface OpenDatabaseOptions {
  readonly file: string
  readonly partitions: number
  /** Makes the id of a new log. */
  readonly newId: () => string
  /** The most bytes that the file may have; what the disk holds without it. */
  readonly bytesMax?: number | undefined
}

export interface OpenDatabase {
  readonly connection: DatabaseSync
  readonly file: string
  readonly incarnation: string
  readonly partitions: number
  /** Of the write-ahead log. */
  readonly room: LogRoom
  close(): void
}

/**
 * Opens or makes the file of a store, for this process alone.
 *
 * @throws `STORE_LOCKED`, `STORE_NEWER`, `STORE_CORRUPT`, `STORE_READ_ONLY`, `STORE_FULL`, `STORE_UNAVAILABLE`.
 */
export function openDatabase(options: OpenDatabaseOptions): OpenDatabase {
  const { file } = options
  try {
    prepareFolder(file)
    const connection = lockFile(file)
    try {
      return useDatabase(connection, options)
    } catch (thrown) {
      connection.close()
      throw thrown
    }
  } catch (thrown) {
    throw storeError(thrown, file)
  }
}

function useDatabase(connection: DatabaseSync, options: OpenDatabaseOptions): OpenDatabase {
  const { file, partitions } = options
  const isNew = assertOurs(connection, file)
  if (isNew) connection.exec(`PRAGMA page_size = ${pageBytes}`)
  configure(connection, options)
  if (isNew) createLayout(connection, options)
  const incarnation = readFact(connection, 'incarnation')
  assertPartitions(file, Number(readFact(connection, 'partitions')), partitions)
  noteOwner(file)
  const size = { pageBytes: readNumber(connection, 'PRAGMA page_size'), pagesMax: checkpointPages }
  const room = openLogRoom({ file, ...size })
  const close = (): void => {
    room.close()
    closeFile(connection, file)
  }
  return { connection, file, incarnation, partitions, room, close }
}

/** Whether the file is new. Refuses one that is not ours before anything of it is changed. */
function assertOurs(connection: DatabaseSync, file: string): boolean {
  const application = readNumber(connection, 'PRAGMA application_id')
  const tables = readNumber(connection, 'SELECT count(*) FROM sqlite_schema')
  if (application === 0 && tables === 0) return true
  if (application !== applicationId) {
    throw new DureError(
      'STORE_CORRUPT',
      `"${file}" is a database of another program. Use another folder, or move that file away.`,
      { details: { file, application } },
    )
  }
  const layout = readNumber(connection, 'PRAGMA user_version')
  if (layout <= layoutVersion) return false
  throw new DureError(
    'STORE_NEWER',
    `"${file}" was written by a newer Dure (layout ${layout}; this one knows ${layoutVersion}). Use that version or a later one.`,
    { details: { file, layout, known: layoutVersion } },
  )
}

function configure(connection: DatabaseSync, { file, bytesMax }: OpenDatabaseOptions): void {
  const mode = connection.prepare('PRAGMA journal_mode = WAL').get()
  if (mode?.['journal_mode'] !== 'wal') {
    throw new DureError(
      'STORE_UNAVAILABLE',
      `"${file}" lies on a file system without write-ahead logging. Use a folder on a local disk.`,
      { details: { file } },
    )
  }
  connection.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -${cacheKibibytes};
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA journal_size_limit = ${journalBytesMax};
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `)
  if (bytesMax === undefined) return
  const pages = Math.max(1, Math.floor(bytesMax / readNumber(connection, 'PRAGMA page_size')))
  connection.exec(`PRAGMA max_page_count = ${pages}`)
}

function createLayout(connection: DatabaseSync, options: OpenDatabaseOptions): void {
  const { partitions, newId } = options
  connection.exec('BEGIN')
  connection.exec(schemaSql)
  const insert = connection.prepare('INSERT INTO facts (name, value) VALUES (?, ?)')
  insert.run('incarnation', newId())
  insert.run('partitions', String(partitions))
  connection.exec(
    `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion}`,
  )
  connection.exec('COMMIT')
}

function assertPartitions(file: string, stored: number, asked: number): void {
  if (stored === asked) return
  throw new DureError(
    'STORE_UNAVAILABLE',
    `The log in "${file}" has ${stored} partitions, not ${asked}. Open it with ${stored}, or erase it first.`,
    { details: { file, stored, asked } },
  )
}

function readFact(connection: DatabaseSync, name: string): string {
  const row = connection.prepare('SELECT value FROM facts WHERE name = ?').get(name)
  return String(row?.['value'] ?? '')
}

function readNumber(connection: DatabaseSync, sql: string): number {
  const [value] = Object.values(connection.prepare(sql).get() ?? {})
  return Number(value)
}

/** Refuses a number of partitions that places cannot tell apart. */
export function isPartitionCount(partitions: number): boolean {
  return Number.isSafeInteger(partitions) && partitions > 0 && partitions <= partitionsMax
}
