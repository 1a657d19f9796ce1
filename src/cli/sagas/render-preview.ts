import type { Preview } from '../../sagas/operating/preview.ts'
import { onOneLine, style } from '../terminal.ts'

/** Says what something would lead to, line by line. */
export function renderPreview({ entries, timers }: Preview): readonly string[] {
  const lines = entries.map(({ kind, type, key, to, data }) => {
    const where = to === undefined ? '' : ` to ${to}`
    const head = `${kind.padEnd(8)} ${style('bold', type)}${where}, ${onOneLine(key)}`
    return `  ${head}\n    ${onOneLine(JSON.stringify(data) ?? 'null')}`
  })
  const waits = timers === 0 ? [] : [`  timers that would be set: ${timers}`]
  const nothing = lines.length + waits.length === 0 ? ['  Nothing would be sent or recorded.'] : []
  return [...lines, ...waits, ...nothing, 'Nothing was written.']
}
