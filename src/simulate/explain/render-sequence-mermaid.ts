// Mermaid sequence diagrams (https://mermaid.js.org): text that repositories and wikis draw by themselves.
import type { SequenceOptions } from './render-sequence-svg.ts'
import { layOutSequence, type Lifeline, type SequenceRow } from './sequence.ts'
import { nameWorld } from './words.ts'

/** Writes a world as a Mermaid sequence diagram. */
export function renderSequenceMermaid({ scenario, result, rowsMax }: SequenceOptions): string {
  const { lifelines, rows } = layOutSequence(result, rowsMax)
  const lines = [
    'sequenceDiagram',
    `  title ${escapeText(`${scenario}, ${nameWorld(result.world)}`)}`,
    ...lifelines.map(renderLifeline),
    ...rows.flatMap((row) => renderRow(row, lifelines.length - 1).map((line) => `  ${line}`)),
  ]
  return `${lines.join('\n')}\n`
}

function renderLifeline({ kind, name, services }: Lifeline, index: number): string {
  const isPlain = services.length < 2 && (services[0] ?? name) === name
  const lines = isPlain ? [name] : [name, services.join(', ')]
  const keyword = kind === 'client' ? 'actor' : 'participant'
  return `  ${keyword} p${index} as ${lines.map(escapeText).join('<br/>')}`
}

const arrows = { call: '->>', answer: '-->>', message: '-)' } as const
/** Seen on light and on dark ground. */
const red = 'rect rgba(220, 38, 38, 0.35)'

function renderRow(row: SequenceRow, last: number): readonly string[] {
  switch (row.kind) {
    case 'arrow':
      return [`p${row.from}${arrows[row.arrow]}p${row.to}: ${escapeText(row.text)}`]
    case 'note':
      return [noteOver([row.at], row.note === 'commit' ? `commits ${row.text}` : row.text)]
    case 'fault':
      return framed(noteOver(row.at.length > 0 ? row.at : [0, last], `fault: ${row.text}`))
    case 'death':
      return framed(noteOver([row.at], `✖ ${row.text}`))
    case 'birth':
      return [noteOver([row.at], row.text)]
    case 'violation':
      return framed(noteOver([0, last], `VIOLATED ${row.text}`))
    default:
      return [noteOver([0, last], row.text)]
  }
}

function framed(note: string): readonly string[] {
  return [red, `  ${note}`, 'end']
}

function noteOver(places: readonly number[], text: string): string {
  const ends = [...new Set([Math.min(...places), Math.max(...places)])]
  return `Note over ${ends.map((place) => `p${place}`).join()}: ${escapeText(text)}`
}

/** Signs that Mermaid would read as its own, as its numeric entities. */
function escapeText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/["#%<>&;`{}]/g, (sign) => `#${sign.codePointAt(0)};`)
}
