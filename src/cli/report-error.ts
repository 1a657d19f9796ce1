import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DureError, messageOf } from '../language/errors.ts'
import { exitCodes } from './exit-codes.ts'
import { onOneLine, printNote, styleNote } from './terminal.ts'

/** Where Dure's own modules lie: no place that a user would look at. */
const home = fileURLToPath(new URL('..', import.meta.url))

/** Says on standard error what went wrong, and gives the exit code for it. */
export function reportError(thrown: unknown): number {
  printNote(renderError(thrown))
  if (process.env['DURE_DEBUG'] && thrown instanceof Error) printNote(thrown.stack ?? '')
  const isUsage = thrown instanceof DureError && thrown.code === 'CLI_USAGE'
  return isUsage ? exitCodes.usage.code : exitCodes.failed.code
}

/** One sentence with the code behind it. */
export function renderError(thrown: unknown): string {
  const code = thrown instanceof DureError ? thrown.code : 'INTERNAL_DEFECT'
  return `${styleNote('red', 'dure:')} ${onOneLine(messageOf(thrown))} ${styleNote('dim', `[${code}]`)}`
}

/** Where something was thrown: `file:line` of the first place in code that is not Node's or a library's. */
export function placeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const places = (thrown.stack ?? '').matchAll(
    /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^\s():]+):(\d+)/g,
  )
  for (const [whole, path = '', line] of places) {
    const file = whole.startsWith('file:') ? fileURLToPath(`file://${path}`) : path
    if (!file.includes(`${sep}node_modules${sep}`) && !file.startsWith(home))
      return `${file}:${line}`
  }
  return undefined
}
