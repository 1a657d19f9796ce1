import { DureError, type ErrorCode, messageOf } from '../../language/errors.ts'

/** The parts of an error of `node:sqlite`, or of the file system, that tell what happened. */
interface Thrown {
  /** Result code of SQLite, extended. */
  readonly errcode?: number
  readonly errstr?: string
  /** Code of the file system. */
  readonly code?: string
}

interface Meaning {
  readonly code: ErrorCode
  readonly say: (file: string) => string
}

const full: Meaning = {
  code: 'STORE_FULL',
  say: (file) => `There is no room to write "${file}". Free space on its disk, then try again.`,
}
const readOnly: Meaning = {
  code: 'STORE_READ_ONLY',
  say: (file) => `"${file}" cannot be written. Make the file and its folder writable.`,
}
const corrupt: Meaning = {
  code: 'STORE_CORRUPT',
  say: (file) => `"${file}" is damaged, or is not a store. Restore it from a backup.`,
}
const locked: Meaning = {
  code: 'STORE_LOCKED',
  say: (file) => `"${file}" is in use elsewhere. Close what uses it, or use another folder.`,
}
const tooLarge: Meaning = {
  code: 'LOG_ENTRY_TOO_LARGE',
  say: (file) => `A row is larger than "${file}" takes. Keep the data elsewhere and refer to it.`,
}
const unavailable: Meaning = {
  code: 'STORE_UNAVAILABLE',
  say: (file) => `"${file}" cannot be reached. Look at its disk.`,
}
const defect: Meaning = {
  code: 'INTERNAL_DEFECT',
  say: (file) =>
    `"${file}" was asked for something impossible. This is a defect: please report it.`,
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); those that miss here are defects. */
const meaningsOfResults: ReadonlyMap<number, Meaning> = new Map([
  [5, locked],
  [6, locked],
  [7, unavailable],
  [8, readOnly],
  [10, unavailable],
  [11, corrupt],
  [13, full],
  [14, unavailable],
  [15, unavailable],
  [18, tooLarge],
  [22, unavailable],
  [23, unavailable],
  [26, corrupt],
])

const meaningsOfFiles: ReadonlyMap<string, Meaning> = new Map([
  ['ENOSPC', full],
  ['EDQUOT', full],
  ['EACCES', readOnly],
  ['EPERM', readOnly],
  ['EROFS', readOnly],
])

/** What an error of SQLite or of the file system means for whoever uses the store in `file`. */
export function storeError(thrown: unknown, file: string): DureError {
  if (thrown instanceof DureError) return thrown
  const { code, say } = meaningOf(thrown)
  const { errcode, errstr } = partsOf(thrown)
  const reason = errstr ?? messageOf(thrown)
  return new DureError(code, `${say(file)} (${reason})`, {
    details: { file, ...(errcode === undefined ? {} : { sqlite: errcode }) },
    cause: thrown,
  })
}

function meaningOf(thrown: unknown): Meaning {
  const { errcode, code } = partsOf(thrown)
  if (errcode !== undefined) return meaningsOfResults.get(errcode & 0xff) ?? defect
  if (code === undefined || code.startsWith('ERR_')) return defect
  return meaningsOfFiles.get(code) ?? unavailable
}

function partsOf(thrown: unknown): Thrown {
  return typeof thrown === 'object' && thrown !== null ? thrown : {}
}

/** Whether somebody else has the file. */
export function isLocked(thrown: unknown): boolean {
  return meaningOf(thrown) === locked
}

/** Whether the file is damaged or something else than a store. */
export function isDamaged(thrown: unknown): boolean {
  return meaningOf(thrown) === corrupt
}

/** The error for rows that SQLite reads without complaint, but that cannot be what was written. */
export function damageError(file: string, what: string): DureError {
  return new DureError('STORE_CORRUPT', `${corrupt.say(file)} (${what})`, { details: { file } })
}

/**
 * What a failed COMMIT means. When there was no room, or no right to write, its last part never reached the file.
 * After anything else it may have, although it was not acknowledged.
 */
export function commitError(thrown: unknown, file: string): DureError {
  const meaning = meaningOf(thrown)
  if (meaning === full || meaning === readOnly) return storeError(thrown, file)
  return new DureError(
    'LOG_COMMIT_UNKNOWN',
    `It is not known whether "${file}" kept the last commits. Look their ids up before trying again. (${messageOf(thrown)})`,
    { details: { file }, cause: thrown },
  )
}
