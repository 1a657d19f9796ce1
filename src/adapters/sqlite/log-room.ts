// The write-ahead log is made longer before it is written. To sync a file that has just grown costs twice as much as one
// that is as long as before, because the file system has to write down where its new end lies: decision 0004.
//
//   | header | frame | frame | frame |  zeros ...                |
//                                 ^ written: SQLite          ^ end of the file: moved on when a frame comes near it
//
// Zeros behind the last frame are nothing to SQLite: it looks for the end of its log by salts and checksums, as it has to
// when it begins the log anew over the frames of before.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'

const headerBytes = 32
const frameHeaderBytes = 24
/** How much the file grows by at once. More than that makes the one sync that pays for it noticeable. */
const roomBytes = 256 * 1024
/** Frames that a commit is expected to have at most: there should be room for them when it comes. */
const framesAhead = 8

export interface LogRoom {
  /** Makes room for the next commits when there is little. */
  keep(): void
  close(): void
}

export interface LogRoomOptions {
  /** The database whose write-ahead log it is; open, and nobody else's. */
  readonly file: string
  readonly pageBytes: number
  /** Pages after which the log is begun anew: more room is never needed. */
  readonly pagesMax: number
}

/** Opens the room of a write-ahead log. It is only for speed: where none can be made, nothing fails. */
export function openLogRoom(options: LogRoomOptions): LogRoom {
  const { pageBytes, pagesMax } = options
  const frameBytes = frameHeaderBytes + pageBytes
  const zeros = Buffer.alloc(roomBytes)
  const pageNumber = Buffer.alloc(4)
  let descriptor = openLog(options)
  /** The header of a frame near the end of the file: once it is written, there is little room. */
  let probe = 0

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }

  function isWritten(open: number): boolean {
    const bytes = readSync(open, pageNumber, 0, pageNumber.length, probe)
    return bytes === pageNumber.length && pageNumber.readUInt32BE() !== 0
  }

  function grow(open: number): void {
    // Trap: only behind the end that the file has now. SQLite may have made it longer than this knows.
    const { size } = fstatSync(open)
    const frames = Math.floor((size + roomBytes - headerBytes) / frameBytes) - framesAhead
    probe = headerBytes + frames * frameBytes
    const isEnough = size >= headerBytes + pagesMax * frameBytes
    if (isEnough || !writeZeros({ open, zeros, size })) close()
  }

  return {
    close,
    keep() {
      try {
        if (descriptor !== undefined && isWritten(descriptor)) grow(descriptor)
      } catch {
        close()
      }
    },
  }
}

function openLog({ file }: LogRoomOptions): number | undefined {
  try {
    return openSync(`${file}-wal`, 'r+')
  } catch {
    return undefined
  }
}

/** Makes the file longer, or leaves it as it was. */
function writeZeros({ open, zeros, size }: ZerosAt): boolean {
  try {
    if (writeSync(open, zeros, 0, zeros.length, size) === zeros.length) return true
  } catch {
    // The disk is full, or the file may not be that long: what little there is belongs to the commits.
  }
  ftruncateSync(open, size)
  return false
}

interface ZerosAt {
  readonly open: number
  readonly zeros: Uint8Array
  /** Of the file before. */
  readonly size: number
}
