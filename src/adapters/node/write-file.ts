import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

export interface WriteOptions {
  /** Permissions of the file; readable by everybody without it. */
  readonly mode?: number
}

/**
 * Writes a file whole: whoever looks sees the former content or the new one, also after a crash.
 *
 * Leaves nothing behind when it fails. Throws what the file system says.
 */
export function writeFileWhole(
  file: string,
  content: string,
  { mode = 0o644 }: WriteOptions = {},
): void {
  const draft = `${file}.${process.pid}.tmp`
  try {
    const descriptor = openSync(draft, 'w', mode)
    try {
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(file))
}

/** Makes the new name of a file durable. Windows has no such thing and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
