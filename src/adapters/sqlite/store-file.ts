// The file of a store: who may have it open, and how it goes away.
//
// The lock is SQLite's own, which is the operating system's: it ends with the process, however that ends. Trap: on
// POSIX a process loses its locks on a file when it closes any descriptor of it. Nothing here opens the file itself.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DureError } from '../../language/errors.ts'
import { isDamaged, isLocked, storeError } from './store-error.ts'

/** The longest note of an owner that is read: it holds a number. */
const noteCharactersMax = 20

/** Makes the folder of a file when it misses, and says whether file and folder can be written. */
export function prepareFolder(file: string): void {
  const made = mkdirSync(dirname(file), { recursive: true })
  if (made !== undefined) syncFolder(dirname(made))
  assertWritable(file)
}

/** Opens the file for this process alone. It may be empty, or not a database at all: that shows later. */
export function lockFile(file: string): DatabaseSync {
  const before = identityOf(file)
  const connection = new DatabaseSync(file, {
    enableForeignKeyConstraints: false,
    defensive: true,
    timeout: 0,
  })
  try {
    // Trap: the mode comes before the first read, so that the write-ahead log needs no shared memory.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
    // Whoever erased the store in between has left us a file without a name.
    if (before !== undefined && before !== identityOf(file)) throw lockedError(file)
    return connection
  } catch (thrown) {
    connection.close()
    throw isLocked(thrown) ? lockedError(file, thrown) : thrown
  }
}

/** Notes which process has the store open: for the message that another one gets. */
export function noteOwner(file: string): void {
  writeFileSync(noteOf(file), `${process.pid}\n`)
}

/** Closes the file and gives the lock back. */
export function closeFile(connection: DatabaseSync, file: string): void {
  if (!connection.isOpen) return
  rmSync(noteOf(file), { force: true })
  connection.close()
}

/**
 * Removes a store that nobody has open, and all that lies beside it.
 *
 * It is unlinked while it is locked: nobody can have begun to use it in between.
 */
export function removeStore(file: string): void {
  if (!existsSync(file)) return
  let connection: DatabaseSync | undefined
  try {
    assertWritable(file)
    connection = lockUnlessDamaged(file)
    // Why: Windows removes no file that is open.
    if (process.platform === 'win32') connection?.close()
    for (const name of [noteOf(file), `${file}-wal`, `${file}-shm`, `${file}-journal`, file]) {
      rmSync(name, { force: true })
    }
    syncFolder(dirname(file))
  } catch (thrown) {
    throw storeError(thrown, file)
  } finally {
    if (connection?.isOpen) connection.close()
  }
}

function lockUnlessDamaged(file: string): DatabaseSync | undefined {
  try {
    const connection = lockFile(file)
    // Closing must find nothing to remove by name: by then the names may be those of a new store.
    connection.exec('PRAGMA journal_mode = DELETE')
    return connection
  } catch (thrown) {
    if (isDamaged(thrown)) return undefined
    throw thrown
  }
}

function assertWritable(file: string): void {
  accessSync(dirname(file), constants.W_OK | constants.X_OK)
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}

function lockedError(file: string, cause?: unknown): DureError {
  const owner = ownerOf(file)
  const who = owner === undefined ? 'another process' : `process ${owner}`
  const where = owner === process.pid ? 'this process' : who
  return new DureError(
    'STORE_LOCKED',
    `"${file}" is open in ${where}. Stop that one first, or use another folder: a store has one owner.`,
    { details: { file, ...(owner === undefined ? {} : { pid: owner }) }, cause },
  )
}

function noteOf(file: string): string {
  return `${file}.pid`
}

function ownerOf(file: string): number | undefined {
  try {
    const note = readFileSync(noteOf(file), 'utf8').slice(0, noteCharactersMax)
    const owner = Number.parseInt(note, 10)
    return Number.isSafeInteger(owner) ? owner : undefined
  } catch {
    // Without a note the message names no process; the lock is what counts.
    return undefined
  }
}

function identityOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`
}

/** Makes the names in a folder survive a power cut. */
export function syncFolder(folder: string): void {
  // Why: Windows opens no folders, and keeps their names by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
