import { element, textLine } from '../../graph/pictures/svg.ts'
import { textWidth } from '../../graph/pictures/text-width.ts'
import type { Lifeline, SequenceRow } from './sequence.ts'
import { cut, seconds } from './words.ts'

/** Where the lifelines are. */
export interface Grid {
  /** Between two lifelines. */
  readonly gap: number
  readonly width: number
  readonly lifelines: readonly Lifeline[]
  readonly xOf: (lifeline: number) => number
}

/** A row with its place. */
export interface PlacedRow {
  readonly row: SequenceRow
  readonly top: number
  readonly height: number
  readonly middle: number
  /** The text, broken to fit. */
  readonly lines: readonly string[]
}

const font = { size: 11 }
const bannerFont = { size: 13, isBold: true }
const lineHeight = 14
/** Lines of one note. */
const linesMax = 4
const margin = 24
/** A longer time between two rows is seen as room between them. */
const pauseMs = 1_000
const pauseHeight = 14

/** Puts the rows below each other. */
export function placeRows(
  rows: readonly SequenceRow[],
  grid: Grid,
  top: number,
): { readonly rows: readonly PlacedRow[]; readonly height: number } {
  let y = top
  let lastMs = rows[0]?.atMs ?? 0
  const placed = rows.map((row) => {
    if (row.atMs - lastMs > pauseMs) y += pauseHeight
    lastMs = row.atMs
    const lines = linesOf(row, grid)
    const height = heightOf(row, lines.length)
    const place = { row, lines, top: y, height, middle: y + height / 2 }
    y += height
    return place
  })
  return { rows: placed, height: y }
}

function linesOf(row: SequenceRow, { gap, width }: Grid): readonly string[] {
  switch (row.kind) {
    case 'arrow':
      return [fit(row.text, Math.abs(row.to - row.from) * gap - 28)]
    case 'violation':
      return wrap(row.text, width - 2 * margin - 40, bannerFont)
    case 'note':
    case 'fault':
      return wrap(row.text, gap - 36, font)
    default:
      return [row.text]
  }
}

function heightOf({ kind }: SequenceRow, lines: number): number {
  switch (kind) {
    case 'arrow':
      return 32
    case 'violation':
      return lines * 18 + 40
    case 'note':
    case 'fault':
      return lines * lineHeight + 16
    default:
      return 30
  }
}

/** Cuts a text to a width. */
function fit(text: string, width: number): string {
  let length = text.length
  while (length > 4 && textWidth(cut(text, length), font) > width) length -= 1
  return cut(text, length)
}

function wrap(
  text: string,
  width: number,
  { size, isBold }: typeof font & { isBold?: boolean },
): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || textWidth(longer, { size, isBold: isBold ?? false }) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  const all = [...lines, line].map((each) => fit(each, width))
  return all.length <= linesMax ? all : [...all.slice(0, linesMax - 1), '…']
}

/** Draws one row, with its time. */
export function drawRow(placed: PlacedRow, grid: Grid): readonly string[] {
  const { row, middle } = placed
  const title = element('title', {}, escape(`step ${row.step}, ${seconds(row.atMs)}: ${row.text}`))
  const time = textLine({
    x: margin,
    y: middle + 4,
    text: seconds(row.atMs),
    className: 'time quiet',
  })
  const parts = drawings[row.kind](placed, grid)
  return [element('g', {}, title, ...(row.kind === 'left out' ? [] : [time]), ...parts)]
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

type Draw = (placed: PlacedRow, grid: Grid) => readonly string[]

const drawings: Readonly<Record<SequenceRow['kind'], Draw>> = {
  arrow: drawArrow,
  note: drawNote,
  fault: drawFault,
  death: drawDeath,
  birth: drawBirth,
  calm: drawRule,
  'left out': drawRule,
  violation: drawBanner,
}

const arrowClasses = { call: 'command', answer: 'thin', message: 'event' } as const

function drawArrow({ row, top, lines }: PlacedRow, { xOf }: Grid): readonly string[] {
  if (row.kind !== 'arrow') return []
  const [from, to] = [xOf(row.from), xOf(row.to)]
  const className = arrowClasses[row.arrow]
  const y = top + 24
  const [text = ''] = lines
  const center = (from + to) / 2
  const half = textWidth(text, font) / 2 + 3
  return [
    element('rect', { x: center - half, y: top + 6, width: half * 2, height: 13, class: 'halo' }),
    textLine({ x: center, y: top + 16, text, className: 'label', anchor: 'middle' }),
    element('path', {
      d: `M${from},${y}H${to}`,
      class: `line ${className}${row.arrow === 'answer' ? ' reply' : ''}`,
      'marker-end': `url(#tip-${className})`,
    }),
  ]
}

interface Boxed {
  readonly className: string
  readonly textClass: string
  readonly center: number
  readonly radius: number
}

function drawBox({ lines, top, height }: PlacedRow, boxed: Boxed): readonly string[] {
  const { className, textClass, center: x, radius } = boxed
  const width = Math.max(...lines.map((line) => textWidth(line, { ...font, isBold: true }))) + 20
  return [
    element('rect', {
      x: x - width / 2,
      y: top + 3,
      width,
      height: height - 6,
      rx: radius,
      class: `box ${className}`,
    }),
    ...lines.map((text, index) =>
      textLine({
        x,
        y: top + 18 + index * lineHeight,
        text,
        className: textClass,
        anchor: 'middle',
      }),
    ),
  ]
}

function drawNote(placed: PlacedRow, { xOf }: Grid): readonly string[] {
  const { row } = placed
  if (row.kind !== 'note') return []
  const isCommit = row.note === 'commit'
  return drawBox(placed, {
    className: isCommit ? 'commit' : '',
    textClass: isCommit ? 'label commit-text' : 'label quiet',
    center: xOf(row.at),
    radius: 4,
  })
}

function drawFault(placed: PlacedRow, { xOf, lifelines }: Grid): readonly string[] {
  const { row } = placed
  if (row.kind !== 'fault') return []
  const places = row.at.length > 0 ? row.at : lifelines.map((_, index) => index)
  const ends = places.map(xOf)
  const [left, right] = [Math.min(...ends), Math.max(...ends)]
  const line = element('path', {
    d: `M${left},${placed.middle}H${right}`,
    class: 'line cross rule',
  })
  return [
    ...(left === right ? [] : [line]),
    ...drawBox(placed, {
      className: 'fault-box',
      textClass: 'label strong fault-text',
      center: (left + right) / 2,
      radius: 10,
    }),
  ]
}

function drawDeath({ row, middle: y }: PlacedRow, { xOf }: Grid): readonly string[] {
  if (row.kind !== 'death') return []
  const x = xOf(row.at)
  return [
    element('path', {
      d: `M${x - 9},${y - 9}L${x + 9},${y + 9}M${x + 9},${y - 9}L${x - 9},${y + 9}`,
      class: 'cross',
    }),
    textLine({ x: x + 16, y: y + 4, text: 'dies', className: 'label strong fault-text' }),
  ]
}

function drawBirth({ row, middle: y, lines }: PlacedRow, { xOf, gap }: Grid): readonly string[] {
  if (row.kind !== 'birth') return []
  const x = xOf(row.at)
  const text = fit(lines.join(' '), gap / 2 - 20)
  return [
    element('circle', { cx: x, cy: y, r: 5, class: 'back' }),
    textLine({ x: x + 12, y: y + 4, text, className: 'label quiet' }),
  ]
}

function drawRule({ row, middle: y }: PlacedRow, { width, xOf }: Grid): readonly string[] {
  const half = textWidth(row.text, font) / 2 + 10
  const center = (xOf(0) + width) / 2
  return [
    element('path', { d: `M${margin + 64},${y}H${width - margin}`, class: 'line thin rule' }),
    element('rect', { x: center - half, y: y - 9, width: half * 2, height: 18, class: 'halo' }),
    textLine({ x: center, y: y + 4, text: row.text, className: 'label quiet', anchor: 'middle' }),
  ]
}

function drawBanner({ top, height, lines, row }: PlacedRow, { width }: Grid): readonly string[] {
  return [
    element('rect', {
      x: margin - 8,
      y: top + 6,
      width: width - 2 * margin + 16,
      height: height - 10,
      rx: 8,
      class: 'banner',
    }),
    textLine({
      x: margin + 8,
      y: top + 24,
      text: `VIOLATED, step ${row.step}, ${seconds(row.atMs)}`,
      className: 'small banner-text',
    }),
    ...lines.map((text, index) =>
      textLine({ x: margin + 8, y: top + 43 + index * 18, text, className: 'name banner-text' }),
    ),
  ]
}
