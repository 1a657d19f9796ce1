import type { LegendItem } from '../../graph/pictures/legend.ts'
import { renderLegend } from '../../graph/pictures/legend.ts'
import { renderPicture } from '../../graph/pictures/picture.ts'
import { element, textLine } from '../../graph/pictures/svg.ts'
import { type Font, textWidth } from '../../graph/pictures/text-width.ts'
import type { SagaStory } from './saga-operations.ts'
import { describeStory, summarizeStory } from './render-story-text.ts'
import { layOutStory, renderAfter, type StoryRow, type StoryRows } from './story-rows.ts'

const gutter = 84
const headTop = 12
const headHeight = 34
const rowHeight = 30
const narrowestGap = 150
const widestGap = 320
const font = { size: 11 }

/** Where things are. */
interface Grid {
  readonly gap: number
  readonly width: number
  readonly xOf: (service: string) => number
}

/**
 * Draws the story of an instance as a sequence: services from left to right, time from top to bottom.
 *
 * The same story always gives the same text. Colours follow the reader's light or dark preference.
 */
export function renderStorySvg(story: SagaStory): string {
  const laid = layOutStory(story)
  const gap = gapOf(laid)
  const width = gutter + gap * laid.services.length + 16
  const xOf = (service: string): number => gutter + gap * (laid.services.indexOf(service) + 0.5)
  const grid: Grid = { gap, width, xOf }
  const top = headTop + headHeight + 12
  const height = top + laid.rows.length * rowHeight + 8
  return renderPicture({
    id: 'saga-story',
    title: `${story.saga} ${clip(story.key, 320, { size: 18 })}`,
    summary: summarizeStory(story),
    description: describeStory(story),
    size: { width, height },
    parts: [
      ...laid.services.flatMap((service) => drawLife(service, grid, height)),
      ...laid.rows.flatMap((row, index) => drawRow(row, grid, top + index * rowHeight)),
      ...drawTimes(laid.rows, top),
    ],
    legend: renderLegend(legend, width),
    styles,
  })
}

const legend: readonly LegendItem[] = [
  { line: 'command', text: 'a command, and its answer (dashed)' },
  { line: 'undo', text: 'undone' },
  { line: 'pivot', text: 'the pivot, or an operator' },
]

const styles = `
.life{fill:none;stroke:#94a3b8;stroke-width:1.4}.reply{stroke-dasharray:5 3}.good{stroke:#2b7a3b}.bad{stroke:#b91c1c}
.back{stroke:#be185d}.time{font-size:10px;font-variant-numeric:tabular-nums}.note{stroke-width:1.2}
.note-plain{fill:#f8fafc;stroke:#94a3b8}.note-good{fill:#dcfce7;stroke:#2b7a3b}.note-bad{fill:#fee2e2;stroke:#b91c1c}
.note-undo{fill:#fff1f2;stroke:#be185d}.note-pivot{fill:#fef3c7;stroke:#a16207}.note-quiet{fill:none;stroke:none}
@media(prefers-color-scheme:dark){
.life{stroke:#5b6b84}.good{stroke:#7ddc8f}.bad{stroke:#ff8f8f}.back{stroke:#ff8fc0}
.note-plain{fill:#151f30;stroke:#5b6b84}.note-good{fill:#10301f;stroke:#7ddc8f}.note-bad{fill:#4c1217;stroke:#ff8f8f}
.note-undo{fill:#3a1d26;stroke:#ff8fc0}.note-pivot{fill:#4a3a10;stroke:#e6c04d}
}`

const lineClass = {
  plain: 'command',
  good: 'good',
  bad: 'bad',
  undo: 'back',
  pivot: 'command',
  quiet: 'thin',
} as const

/** As far apart as the longest text between neighbours needs, within reason. */
function gapOf({ services, rows }: StoryRows): number {
  const heads = services.map((service) => textWidth(service, { size: 14, isBold: true }) + 48)
  const texts = rows.flatMap((row) => (row.kind === 'band' ? [] : [textWidth(row.text, font) + 30]))
  return Math.max(...heads, Math.min(widestGap, Math.max(narrowestGap, ...texts)))
}

function drawLife(service: string, { xOf }: Grid, bottom: number): readonly string[] {
  const x = xOf(service)
  const width = textWidth(service, { size: 14, isBold: true }) + 28
  const head = { x: x - width / 2, y: headTop, width, height: headHeight, rx: 6, class: 'head' }
  return [
    element('path', { d: `M${x},${headTop + headHeight}V${bottom}`, class: 'life' }),
    element('rect', head),
    textLine({ x, y: headTop + 22, text: service, className: 'name', anchor: 'middle' }),
  ]
}

function drawRow(row: StoryRow, grid: Grid, top: number): readonly string[] {
  if (row.kind === 'arrow' && row.from !== row.to) return drawArrow(row, grid, top)
  if (row.kind === 'band') return drawBand(row, grid, top)
  return drawNote(row, row.kind === 'note' ? row.at : row.from, { grid, top })
}

type Arrow = Extract<StoryRow, { kind: 'arrow' }>

function drawArrow(
  { from, to, text, tone, isReply }: Arrow,
  grid: Grid,
  top: number,
): readonly string[] {
  const [start, end] = [grid.xOf(from), grid.xOf(to)]
  const y = top + 20
  const sign = Math.sign(end - start)
  const className = `line ${lineClass[tone]}${isReply ? ' reply' : ''}`
  const length = Math.abs(end - start)
  const label = clip(text, length - 16, font)
  const width = textWidth(label, font) + 10
  const middle = (start + end) / 2
  const plate = { x: middle - width / 2, y: top + 1, width, height: 15, rx: 4 }
  return [
    element('path', { d: `M${start},${y}H${end - sign}`, class: className }),
    element('path', { d: tipOf(end, y, sign), class: `line ${lineClass[tone]}` }),
    element('rect', { ...plate, class: tone === 'pivot' ? 'note note-pivot' : 'halo' }),
    textLine({ x: middle, y: top + 12, text: label, className: 'label', anchor: 'middle' }),
  ]
}

function tipOf(x: number, y: number, sign: number): string {
  return `M${x - 8 * sign},${y - 4}L${x},${y}L${x - 8 * sign},${y + 4}`
}

interface At {
  readonly grid: Grid
  readonly top: number
}

function drawNote({ text, tone }: StoryRow, service: string, { grid, top }: At): readonly string[] {
  const label = clip(text, widestGap * 1.5, font)
  const width = textWidth(label, font) + 20
  // At the border of the picture a note stays inside it.
  const left = Math.min(Math.max(gutter, grid.xOf(service) - width / 2), grid.width - width - 4)
  const box = { x: left, y: top + 4, width, height: 21, rx: 5, class: `note note-${tone}` }
  const under = { ...box, class: 'halo' }
  const x = left + width / 2
  return [
    element('rect', under),
    element('rect', box),
    textLine({ x, y: top + 18, text: label, className: 'label', anchor: 'middle' }),
  ]
}

function drawBand({ text, tone }: StoryRow, { width }: Grid, top: number): readonly string[] {
  const box = { x: gutter, y: top + 3, width: width - gutter - 16, height: 23, rx: 6 }
  const label = clip(text, box.width - 20, font)
  const x = box.x + box.width / 2
  return [
    element('rect', { ...box, class: `note note-${tone}` }),
    textLine({ x, y: top + 18, text: label, className: 'label', anchor: 'middle' }),
  ]
}

/** Times on the left, where they change. */
function drawTimes(rows: readonly StoryRow[], top: number): readonly string[] {
  let shown = ''
  return rows.flatMap(({ afterMs }, index) => {
    const text = afterMs === undefined ? '' : renderAfter(afterMs)
    if (text === '' || text === shown) return []
    shown = text
    const y = top + index * rowHeight + 18
    return [textLine({ x: gutter - 12, y, text, className: 'time quiet', anchor: 'end' })]
  })
}

/** As much of a text as fits. */
function clip(text: string, widthMax: number, size: Font): string {
  if (textWidth(text, size) <= widthMax) return text
  let end = text.length
  while (end > 1 && textWidth(`${text.slice(0, end)}…`, size) > widthMax) end -= 1
  return `${text.slice(0, end)}…`
}
