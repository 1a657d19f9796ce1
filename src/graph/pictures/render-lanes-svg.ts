import type { Point } from '../layout.port.ts'
import { memberOf, type SagaManifest, unknownTarget } from '../manifest.ts'
import { layOutLanes, type LaneArrow, type LaneBox, type Lanes } from './lanes.ts'
import { renderLegend } from './legend.ts'
import { renderPicture } from './picture.ts'
import { describeParts, summarizeSaga } from './saga-words.ts'
import { element, roundedPath, textLine } from './svg.ts'
import { textsWidth } from './text-width.ts'

const margin = 24
const padding = 12
const gapMin = 46
const rowHeight = 78
const boxHeight = 62
const lineHeight = 17
const headHeight = 14
const laneGap = 10
const headFont = { size: 14, isBold: true }
const font = { size: 12 }

/**
 * Draws what each participant does in a saga: a lane for each service, and the way that the saga takes between them.
 *
 * The same manifest always gives the same text. Colours follow the reader's light or dark preference.
 */
export function renderLanesSvg(saga: SagaManifest): string {
  const lanes = layOutLanes(saga)
  const sheet = measure(saga, lanes)
  const parts = [
    ...lanes.services.flatMap((name, lane) => drawLane(sheet, { name, lane })),
    ...lanes.arrows.map((arrow) => drawArrow(sheet, lanes, arrow)),
    ...lanes.boxes.flatMap((box) => drawBox(sheet, box)),
    ...lanes.arrows.flatMap((arrow) => drawLabel(sheet, lanes, arrow)),
  ]
  const size = { width: sheet.width + 2 * margin, height: sheet.height + 12 }
  const hasPivot = lanes.boxes.some(({ step }) => step?.phase === 'pivot')
  const hasUndo = lanes.boxes.some(
    ({ step }) => step?.phase === 'before' && step.undo !== undefined,
  )
  const legend = [
    { line: 'command', text: 'the way forward' } as const,
    ...(hasUndo ? [{ line: 'undo', text: 'can be undone by its participant' } as const] : []),
    ...(hasPivot ? [{ line: 'pivot', text: 'pivot: the step that decides' } as const] : []),
  ]
  return renderPicture({
    id: `saga-${saga.name}-lanes`,
    title: `${saga.name}: what each participant does`,
    summary: summarizeSaga(saga),
    description: describeParts(saga, lanes),
    size,
    parts,
    legend: renderLegend(legend, size.width),
  })
}

/** Where everything is, in pixels. */
interface Sheet {
  readonly saga: SagaManifest
  readonly headWidth: number
  readonly boxWidth: number
  readonly gap: number
  readonly width: number
  readonly height: number
  /** Upper side and number of rows of each lane. */
  readonly lanes: readonly LanePlace[]
  readonly lastColumn: number
}

interface LanePlace {
  readonly top: number
  readonly rows: number
}

function measure(saga: SagaManifest, { services, boxes, arrows }: Lanes): Sheet {
  const lastColumn = Math.max(...boxes.map(({ column }) => column))
  const texts = boxes.flatMap((box) => textsOf({ saga, lastColumn }, box))
  const boxWidth = Math.ceil(Math.max(90, textsWidth(texts, headFont))) + 2 * padding
  const headWidth = Math.ceil(textsWidth(services, headFont)) + 2 * padding
  const labels = arrows.map(({ label = '' }) => label)
  const gap = Math.max(gapMin, Math.ceil(textsWidth(labels, font)) + 30)
  let top = headHeight
  const lanes = services.map((_, lane) => {
    const rows = Math.max(1, ...boxes.filter((box) => box.lane === lane).map(({ row }) => row + 1))
    const place = { top, rows }
    top += rows * rowHeight + laneGap
    return place
  })
  const width = headWidth + gap + (lastColumn + 1) * (boxWidth + gap)
  return { saga, headWidth, boxWidth, gap, width, height: top - laneGap, lanes, lastColumn }
}

function textsOf({ saga, lastColumn }: Pick<Sheet, 'saga' | 'lastColumn'>, box: LaneBox): string[] {
  const { step, column } = box
  if (!step) {
    if (column === lastColumn) return ['completed']
    return saga.startsOn.length > 0 ? [...saga.startsOn] : ['started by hand']
  }
  const what = step.command === unknownTarget ? 'unknown command' : memberOf(step.command)
  const canUndo = step.phase === 'before' && step.undo !== undefined
  const undo = step.undo === unknownTarget ? 'unknown command' : memberOf(step.undo ?? '')
  return [
    step.name,
    step.node === 'each' ? `${what}, each` : what,
    ...(canUndo ? [`undo: ${undo}`] : []),
  ]
}

function cornerOf(sheet: Sheet, { lane, column, row }: LaneBox): Point {
  const top = sheet.lanes[lane]?.top ?? 0
  const x = margin + sheet.headWidth + sheet.gap + column * (sheet.boxWidth + sheet.gap)
  return { x, y: top + row * rowHeight + (rowHeight - boxHeight) / 2 }
}

function drawLane(sheet: Sheet, { name, lane }: { name: string; lane: number }): readonly string[] {
  const { top, rows } = sheet.lanes[lane] ?? { top: 0, rows: 1 }
  const height = rows * rowHeight
  const frame = { x: margin, y: top, height, rx: 8 }
  return [
    element('rect', { ...frame, width: sheet.width, class: 'group' }),
    element('rect', { ...frame, width: sheet.headWidth, class: 'head' }),
    textLine({ x: margin + padding, y: top + height / 2 + 5, text: name, className: 'name' }),
  ]
}

function drawBox(sheet: Sheet, box: LaneBox): readonly string[] {
  const { x, y } = cornerOf(sheet, box)
  const { step } = box
  const frame = { x, y, width: sheet.boxWidth, height: boxHeight, rx: step ? 6 : boxHeight / 2 }
  const canUndo = step?.phase === 'before' && step.undo !== undefined
  const className = step?.phase === 'pivot' ? 'pivot' : canUndo ? 'undo' : 'box'
  const lines = textsOf(sheet, box)
  const middle = y + boxHeight / 2
  return [
    element('rect', { ...frame, class: className }),
    ...lines.map((text, index) =>
      textLine({
        x: x + sheet.boxWidth / 2,
        y: middle + 4 + (index - (lines.length - 1) / 2) * lineHeight,
        text,
        className: step && index === 0 ? 'name' : 'quiet',
        anchor: 'middle',
      }),
    ),
  ]
}

/** Around what stands in between: along the row of its start or of its end, or under the lane where neither is free. */
function pointsOf(sheet: Sheet, { boxes }: Lanes, { from, to }: LaneArrow): readonly Point[] {
  const [source, target] = [boxes[from], boxes[to]]
  if (!source || !target) return []
  const start = { x: cornerOf(sheet, source).x + sheet.boxWidth, y: middleOf(sheet, source) }
  const end = { x: cornerOf(sheet, target).x, y: middleOf(sheet, target) }
  const [early, late] = [start.x + gapMin / 2, end.x - gapMin / 2]
  const isFree = ({ lane, row }: LaneBox): boolean =>
    !boxes.some(
      (box) =>
        box.lane === lane &&
        box.row === row &&
        box.column > source.column &&
        box.column < target.column,
    )
  if (isFree(source) && start.y === end.y) return [start, end]
  if (isFree(source)) return [start, { x: late, y: start.y }, { x: late, y: end.y }, end]
  if (isFree(target)) return [start, { x: early, y: start.y }, { x: early, y: end.y }, end]
  const { top, rows } = sheet.lanes[source.lane] ?? { top: 0, rows: 0 }
  const under = top + rows * rowHeight + laneGap / 2
  const down = [
    { x: early, y: start.y },
    { x: early, y: under },
  ]
  const up = [
    { x: late, y: under },
    { x: late, y: end.y },
  ]
  return [start, ...down, ...up, end]
}

function middleOf(sheet: Sheet, box: LaneBox): number {
  return cornerOf(sheet, box).y + boxHeight / 2
}

function drawArrow(sheet: Sheet, lanes: Lanes, arrow: LaneArrow): string {
  return element('path', {
    d: roundedPath(pointsOf(sheet, lanes, arrow)),
    class: 'line command',
    'marker-end': 'url(#tip-command)',
  })
}

function drawLabel(sheet: Sheet, lanes: Lanes, arrow: LaneArrow): readonly string[] {
  const { label } = arrow
  const end = pointsOf(sheet, lanes, arrow).at(-1)
  if (label === undefined || !end) return []
  const width = textsWidth([label], font)
  const x = end.x - width - 10
  return [
    element('rect', { x: x - 2, y: end.y - 19, width: width + 4, height: 14, class: 'halo' }),
    textLine({ x, y: end.y - 8, text: label, className: 'label' }),
  ]
}
