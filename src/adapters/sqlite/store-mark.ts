// A small file beside each store that says that the store was made: `<service>.made`. A store that was made and is gone
// is a loss, and not a new beginning: the other services would send it everything again, with effects done twice.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DureError } from '../../language/errors.ts'
import { syncFolder } from './store-file.ts'

function markOf(file: string): string {
  return file.replace(/\.db$/, '.made')
}

/**
 * Refuses to begin anew what was there before.
 *
 * @throws `STORE_CORRUPT` when the store was made once, and its file is missing or empty.
 */
export function assertNotLost(file: string): void {
  if (!existsSync(markOf(file))) return
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0) return
  throw new DureError(
    'STORE_CORRUPT',
    `"${file}" is ${existsSync(file) ? 'empty' : 'gone'}, but a store was made there. Put it back from a copy; or, to begin anew with nothing, remove the whole folder.`,
    { details: { file } },
  )
}

/** Notes that a store was made. Called once it is there. */
export function markMade(file: string, incarnation: string): void {
  const mark = markOf(file)
  if (existsSync(mark) && readFileSync(mark, 'utf8') === incarnation) return
  writeFileSync(`${mark}.new`, incarnation, { mode: 0o600, flush: true })
  renameSync(`${mark}.new`, mark)
  syncFolder(dirname(file))
}

/** Notes that a store is going to be erased on purpose. */
export function forgetMade(file: string): void {
  const mark = markOf(file)
  if (!existsSync(mark)) return
  rmSync(mark, { force: true })
  syncFolder(dirname(file))
}
