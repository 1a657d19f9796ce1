import type { Legend } from '../../graph/pictures/legend.ts'
import { renderPicture } from '../../graph/pictures/picture.ts'
import { element, textLine } from '../../graph/pictures/svg.ts'
import { textWidth } from '../../graph/pictures/text-width.ts'
import type { WorldResult } from '../world/world-result.ts'
import { drawLives } from './draw-lives.ts'
import { drawRow, type Grid, placeRows } from './draw-rows.ts'
import { describeSequence, layOutSequence, type Lifeline, type Sequence } from './sequence.ts'
import { sequenceStyles } from './sequence-style.ts'
import { count, cut, describeShape, nameWorld } from './words.ts'

export interface SequenceOptions {
  /** Name of the scenario. */
  readonly scenario: string
  /** A world that was told. */
  readonly result: WorldResult
  /** Happenings of the end that are shown; 60 without it. All faults are shown besides. */
  readonly rowsMax?: number
}

/** Room for the times, left of the first lifeline. */
const gutter = 96
const headTop = 12
const headHeight = 44
/** Characters of what runs in a process. */
const roleMax = 40
const gapMin = 160
const gapMax = 230

/**
 * Draws a world as a sequence diagram: clients, processes and the broker from left to right, time from top to bottom,
 * faults in red where they strike.
 *
 * The same world always gives the same text. Colours follow the reader's light or dark preference.
 */
export function renderSequenceSvg({ scenario, result, rowsMax }: SequenceOptions): string {
  const sequence = layOutSequence(result, rowsMax)
  const gap = gapOf(sequence)
  const width = gutter + gap * sequence.lifelines.length + 16
  const grid: Grid = {
    gap,
    width,
    xOf: (lifeline) => gutter + gap * (lifeline + 0.5),
    lifelines: sequence.lifelines,
  }
  const placed = placeRows(sequence.rows, grid, headTop + headHeight + 14)
  const height = placed.height + 12
  const banner = placed.rows.find(({ row }) => row.kind === 'violation')
  return renderPicture({
    id: `sequence-${result.world.seed}`,
    title: `${scenario}, ${nameWorld(result.world)}`,
    summary: `${describeShape(result)} ${count(result.struck.length, 'fault')}.`,
    description: describeSequence(sequence),
    size: { width, height },
    parts: [
      ...drawLives(placed.rows, {
        ...grid,
        top: headTop + headHeight,
        bottom: banner?.top ?? height,
      }),
      ...sequence.lifelines.flatMap((_, index) => drawHead(grid, index)),
      ...placed.rows.flatMap((row) => drawRow(row, grid)),
    ],
    legend: legendOf(width),
    styles: sequenceStyles,
  })
}

/** As far apart as the longest text needs, within reason. */
function gapOf({ rows, lifelines }: Sequence): number {
  const heads = lifelines.map((lifeline) => headWidth(lifeline) + 24)
  const texts = rows
    .filter(({ kind }) => kind === 'arrow' || kind === 'note' || kind === 'fault')
    .map(({ text }) => textWidth(text, { size: 11 }) + 40)
  return Math.max(...heads, Math.min(gapMax, Math.max(gapMin, ...texts)))
}

function headWidth({ name, ...lifeline }: Lifeline): number {
  const role = roleOf({ name, ...lifeline })
  return Math.max(
    96,
    textWidth(name, { size: 14, isBold: true }) + 28,
    textWidth(role, { size: 11 }) + 20,
  )
}

/** What a lifeline is: for a process that is not named after its only service, what runs in it. */
function roleOf({ kind, name, services }: Lifeline): string {
  if (kind === 'broker') return 'messages'
  if (kind !== 'process' || (services.length === 1 && services[0] === name)) return kind
  return cut(services.join(', '), roleMax)
}

function drawHead({ xOf, lifelines }: Grid, index: number): readonly string[] {
  const line = lifelines[index]
  if (!line) return []
  const x = xOf(index)
  const width = headWidth(line)
  const role = roleOf(line)
  return [
    element('rect', {
      x: x - width / 2,
      y: headTop,
      width,
      height: headHeight,
      rx: line.kind === 'client' ? headHeight / 2 : 6,
      class: line.kind === 'broker' ? 'pivot' : 'head',
    }),
    textLine({ x, y: headTop + 19, text: line.name, className: 'name', anchor: 'middle' }),
    textLine({ x, y: headTop + 35, text: role, className: 'small quiet', anchor: 'middle' }),
  ]
}

const signs = [
  ['line command', 'call'],
  ['line thin reply', 'answer'],
  ['line event', 'message'],
] as const

function legendOf(widthMax: number): Legend {
  const parts: string[] = []
  let x = 24
  for (const [className, text] of signs) {
    parts.push(element('path', { d: `M${x},11H${x + 28}`, class: className }))
    parts.push(textLine({ x: x + 36, y: 15, text, className: 'small quiet' }))
    x += 36 + textWidth(text, { size: 11 }) + 24
  }
  for (const [className, text] of [
    ['box commit', 'commit'],
    ['box fault-box', 'fault'],
  ] as const) {
    parts.push(element('rect', { x, y: 4, width: 24, height: 14, rx: 4, class: className }))
    parts.push(textLine({ x: x + 32, y: 15, text, className: 'small quiet' }))
    x += 32 + textWidth(text, { size: 11 }) + 24
  }
  return { parts, width: Math.min(widthMax, x), height: 22 }
}
