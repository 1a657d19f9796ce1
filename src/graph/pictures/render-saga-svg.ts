import { type SagaManifest, stepsOf } from '../manifest.ts'
import { type LegendItem, renderLegend } from './legend.ts'
import { renderPicture } from './picture.ts'
import { arrowTo, type Block, blockOf, pillOf, rowOf } from './saga-blocks.ts'
import { describePlan, summarizeSaga } from './saga-words.ts'
import { element, textLine } from './svg.ts'

const margin = 24
const captionHeight = 42
const captionLine = 28
const returnGap = 30

/**
 * Draws the plan of one saga from left to right: what is sent, what takes it back, and where it can no longer turn.
 *
 * The same manifest always gives the same text. Colours follow the reader's light or dark preference.
 */
export function renderSagaSvg(saga: SagaManifest): string {
  const before = saga.nodes.filter((node) => phaseOf(node) === 'before')
  const after = saga.nodes.filter((node) => phaseOf(node) !== 'before')
  const isPivotal = after.length > 0
  const start = pillOf(saga.startsOn.length > 0 ? saga.startsOn : ['started by hand'])
  const blocks = [start, ...before.map(blockOf)]
  const row = rowOf([...blocks, ...after.map(blockOf), pillOf(['completed'])])
  const turn = rowOf(blocks).width
  const origin = { x: margin, y: captionHeight }
  const parts = [
    ...captions({ isPivotal, turn, width: row.width }),
    ...row.draw(origin),
    ...(before.length > 0 ? drawReturn(saga, { start, row, turn }) : []),
  ]
  const height =
    captionHeight + row.height + (before.length > 0 ? returnGap + returnPill(saga).height : 0)
  const size = { width: row.width + 2 * margin, height: height + 12 }
  return renderPicture({
    id: `saga-${saga.name}`,
    title: saga.name,
    summary: summarizeSaga(saga),
    description: describePlan(saga),
    size,
    parts,
    legend: renderLegend(legendOf(saga), size.width),
  })
}

function phaseOf(node: SagaManifest['nodes'][number]): string {
  if (!('branches' in node)) return node.phase
  const [first] = stepsOf([node])
  return first?.phase ?? 'before'
}

interface Regions {
  readonly isPivotal: boolean
  /** Where the part that can turn back ends. */
  readonly turn: number
  readonly width: number
}

function captions({ isPivotal, turn, width }: Regions): readonly string[] {
  if (!isPivotal) return []
  const line = (from: number, to: number): string =>
    element('path', { class: 'line thin', d: `M${margin + from},${captionLine}H${margin + to}` })
  return [
    line(0, turn),
    textLine({ x: margin, y: captionLine - 6, text: 'can turn back', className: 'small quiet' }),
    line(turn + 34, width),
    textLine({
      x: margin + turn + 34,
      y: captionLine - 6,
      text: 'from the pivot on: only forward',
      className: 'small quiet',
    }),
  ]
}

function returnPill({ notice }: SagaManifest): Block {
  return pillOf(notice === undefined ? ['compensated'] : ['compensated', `then ${notice}`])
}

interface Drawn {
  readonly start: Block
  readonly row: Block
  readonly turn: number
}

/** The way back: under the part that can turn back, to the box under the start. */
function drawReturn(saga: SagaManifest, { row, turn }: Drawn): readonly string[] {
  const pill = returnPill(saga)
  const top = captionHeight + row.height + returnGap
  const lineY = top + pill.lineY
  const right = Math.max(margin + turn, margin + pill.width + 200)
  return [
    ...pill.draw({ x: margin, y: top }),
    arrowTo({ x: right, y: lineY }, { x: margin + pill.width, y: lineY }, 'event'),
    textLine({
      x: margin + pill.width + 14,
      y: lineY - 7,
      text: 'on a failure: what is done is undone, the last first',
      className: 'label event-text',
    }),
  ]
}

function legendOf(saga: SagaManifest): readonly LegendItem[] {
  const steps = stepsOf(saga.nodes)
  const items: readonly (LegendItem | false)[] = [
    { line: 'command', text: 'the way forward' },
    steps.some(({ undo }) => undo !== undefined) && {
      line: 'undo',
      text: 'the command that takes a step back',
    },
    steps.some(({ phase }) => phase === 'pivot') && {
      line: 'pivot',
      text: 'pivot: the step that decides',
    },
    steps.some(({ phase }) => phase === 'before') && { line: 'event', text: 'the way back' },
  ]
  return items.filter((item) => item !== false)
}
