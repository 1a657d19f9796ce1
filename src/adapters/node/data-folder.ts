// The folder in which a system keeps its data:
//
//   dure.json      what the folder is: { "format": 1, "system": "marketplace" }
//   <service>.db   the store of each service (adapters/sqlite)
//   control.json   where the running system can be reached, while one runs (control-door.ts)

import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DureError, type ErrorCode, messageOf } from '../../language/errors.ts'
import { writeFileWhole } from './write-file.ts'

const format = 1
const mark = 'dure.json'

/**
 * Opens the folder of a system's data, and makes it when it misses. Nobody but its owner can look into a new one.
 *
 * Changes nothing in a folder that it refuses.
 *
 * @throws `STORE_NEWER` when a newer version of Dure has written it.
 * @throws `STORE_FOREIGN` when it holds other files, or the data of another system.
 * @throws `STORE_CORRUPT`, `STORE_READ_ONLY`, `STORE_FULL`, `STORE_UNAVAILABLE`.
 */
export function openDataFolder(folder: string, system: string): void {
  try {
    makeFolder(folder)
    const found = readMark(folder)
    if (found === undefined) {
      assertEmpty(folder)
      writeFileWhole(join(folder, mark), `${JSON.stringify({ format, system })}\n`, { mode: 0o600 })
    } else assertOurs(folder, found, system)
  } catch (thrown) {
    throw folderError(folder, thrown)
  }
}

/** Whether a folder holds the data of a system. */
export function isDataFolder(folder: string): boolean {
  try {
    readFileSync(join(folder, mark))
    return true
  } catch {
    return false
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (thrown) {
    // Whether the name is that of a folder is seen when it is read.
    if (codeOf(thrown) !== 'EEXIST') throw thrown
  }
}

function readMark(folder: string): unknown {
  let text: string
  try {
    text = readFileSync(join(folder, mark), 'utf8')
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function assertEmpty(folder: string): void {
  // Hidden files are often those of an editor or of git.
  const [other] = readdirSync(folder).filter((name) => !name.startsWith('.'))
  if (other === undefined) return
  throw new DureError(
    'STORE_FOREIGN',
    `Folder "${folder}" holds "${other}", which is no data of Dure. Name an empty folder, or one that does not exist yet.`,
  )
}

function assertOurs(folder: string, found: unknown, system: string): void {
  const facts = typeof found === 'object' && found !== null ? found : {}
  const version = 'format' in facts ? facts.format : undefined
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new DureError(
      'STORE_CORRUPT',
      `"${join(folder, mark)}" does not say what the folder holds. Restore the folder from a backup, or name another.`,
    )
  }
  if (version > format) {
    throw new DureError(
      'STORE_NEWER',
      `Folder "${folder}" has format ${version}; this version of Dure reads up to ${format}. Run the version that wrote it, or a later one.`,
    )
  }
  if (!('system' in facts) || facts.system === system) return
  throw new DureError(
    'STORE_FOREIGN',
    `Folder "${folder}" holds the data of system "${String(facts.system)}", not of "${system}". Name another folder.`,
  )
}

interface Meaning {
  readonly code: ErrorCode
  readonly say: (folder: string) => string
}

const unwritable: Meaning = {
  code: 'STORE_READ_ONLY',
  say: (folder) =>
    `Folder "${folder}" cannot be read and written. Change its permissions, or name another.`,
}
const full: Meaning = {
  code: 'STORE_FULL',
  say: (folder) =>
    `There is no room to write into "${folder}". Free space on its disk, then try again.`,
}
const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: unwritable,
  EPERM: unwritable,
  EROFS: unwritable,
  ENOSPC: full,
  EDQUOT: full,
  ENOENT: {
    code: 'STORE_UNAVAILABLE',
    say: (folder) =>
      `The folder in which "${folder}" should lie does not exist. Make it, or name another.`,
  },
  ENOTDIR: {
    code: 'STORE_UNAVAILABLE',
    say: (folder) => `"${folder}" is not a folder. Name another.`,
  },
}

function folderError(folder: string, thrown: unknown): DureError {
  if (thrown instanceof DureError) return thrown
  const path = resolve(folder)
  const { code, say } = meanings[codeOf(thrown) ?? ''] ?? {
    code: 'STORE_UNAVAILABLE' as const,
    say: () =>
      `Folder "${path}" cannot be used: ${messageOf(thrown)}. Look at its disk, or name another.`,
  }
  return new DureError(code, say(path), { cause: thrown, details: { folder: path } })
}

function codeOf(thrown: unknown): string | undefined {
  const hasCode = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
  return hasCode ? (thrown as NodeJS.ErrnoException).code : undefined
}
