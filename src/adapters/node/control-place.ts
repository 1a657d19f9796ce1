// Where the door of a running system is. The socket lies in the data folder; when its path is longer than an address
// of a socket may be, it lies in a private folder of its own among the temporary files. `control.json` says where.

import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { DureError } from '../../language/errors.ts'
import { writeFileWhole } from './write-file.ts'

/** The shortest limit of the systems that Node runs on, without the end sign. */
const socketBytesMax = 103
const note = 'control.json'

/** What a running system says of itself in its data folder. */
export interface ControlNote {
  readonly socket: string
  readonly pid: number
  readonly system: string
  /** Where its gateway listens; absent when it has none. */
  readonly url?: string
}

/** Chooses the address of the socket for a data folder, and makes the folder that it needs. */
export function chooseSocket(folder: string): string {
  const home = resolve(folder)
  if (process.platform === 'win32') return `\\\\.\\pipe\\dure-${hashOf(home)}`
  const socket = join(home, 'control.sock')
  if (Buffer.byteLength(socket) <= socketBytesMax) return socket
  const privateFolder = join(tmpdir(), `dure-${userInfo().uid}-${hashOf(home)}`)
  const elsewhere = join(privateFolder, 'control.sock')
  if (Buffer.byteLength(elsewhere) > socketBytesMax) {
    throw new DureError(
      'STORE_UNAVAILABLE',
      `The paths of "${home}" and of the temporary files are both too long for a socket. Use a folder with a shorter path.`,
    )
  }
  makePrivate(privateFolder)
  return elsewhere
}

function hashOf(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16)
}

/** Anybody can make folders among the temporary files: one that is not ours alone is refused. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0) return
  throw new DureError(
    'STORE_UNAVAILABLE',
    `"${folder}" belongs to somebody else, so the door of the running system cannot be there. Remove it.`,
  )
}

export function writeNote(folder: string, content: ControlNote): void {
  writeFileWhole(join(folder, note), `${JSON.stringify(content)}\n`, { mode: 0o600 })
}

export function removeNote(folder: string): void {
  rmSync(join(folder, note), { force: true })
}

/** Reads what the last running system has noted; it may be gone since. */
export function readNote(folder: string): ControlNote | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, note), 'utf8'))
    return isNote(found) ? found : undefined
  } catch {
    return undefined
  }
}

function isNote(found: unknown): found is ControlNote {
  if (typeof found !== 'object' || found === null) return false
  return 'socket' in found && typeof found.socket === 'string' && 'system' in found
}
