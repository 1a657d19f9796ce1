// A note beside the stores that says that the marketplace is being filled: a filling that was interrupted goes on at
// the next start, with the very same rows, and nothing else is ever filled that has something in it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Filling {
  /** The time that the rows were made for, in milliseconds since 1970 UTC. */
  readonly nowMs: number
}

const noteName = 'filling.json'

/** The filling that was interrupted in this folder; `undefined` when there is none. */
export function readFilling(folder: string): Filling | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(join(folder, noteName), 'utf8'))
    const isNote = typeof note === 'object' && note !== null && 'nowMs' in note
    return isNote && typeof note.nowMs === 'number' ? { nowMs: note.nowMs } : undefined
  } catch {
    // No note, or one whose writing was cut off before any row was handed in.
    return undefined
  }
}

/** Notes that a filling begins, before its first row. */
export function writeFilling(folder: string, filling: Filling): void {
  const file = join(folder, noteName)
  writeFileSync(`${file}.new`, JSON.stringify(filling))
  renameSync(`${file}.new`, file)
}

/** Notes that the filling is complete. */
export function removeFilling(folder: string): void {
  rmSync(join(folder, noteName), { force: true })
}
