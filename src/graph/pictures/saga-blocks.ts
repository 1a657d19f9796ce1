// A plan is drawn from left to right out of blocks. A block knows its size and the height at which the line enters
// and leaves it; a row of blocks is a block again, and so is a pile of branches:
//
//              .-[ branch ]-.
//   ---[step]--+            +--[step]---
//              '-[ branch ]-'

import type { Point, Size } from '../layout.port.ts'
import { type SagaNodeManifest, type SagaStepManifest, unknownTarget } from '../manifest.ts'
import { element, roundedPath, textLine } from './svg.ts'
import { textsWidth, textWidth } from './text-width.ts'

export interface Block extends Size {
  /** Where the line goes through, measured from the upper side. */
  readonly lineY: number
  readonly draw: (corner: Point) => readonly string[]
}

const nameFont = { size: 14, isBold: true }
const textFont = { size: 12 }
const smallFont = { size: 11 }
const padding = 12
const gap = 34
const branchGap = 18
const groupHead = 24
const headHeight = 27
const textHeight = 18

/** Puts blocks side by side, their lines at one height, with an arrow from each to the next. */
export function rowOf(blocks: readonly Block[]): Block {
  const lineY = Math.max(0, ...blocks.map((block) => block.lineY))
  const below = Math.max(0, ...blocks.map((block) => block.height - block.lineY))
  const width = blocks.reduce(
    (sum, block) => sum + block.width,
    gap * Math.max(0, blocks.length - 1),
  )
  return {
    width,
    height: lineY + below,
    lineY,
    draw({ x, y }) {
      let left = x
      return blocks.flatMap((block, index) => {
        const arrow =
          index === 0 ? [] : [arrowTo({ x: left - gap, y: y + lineY }, { x: left, y: y + lineY })]
        const parts = [...arrow, ...block.draw({ x: left, y: y + lineY - block.lineY })]
        left += block.width + gap
        return parts
      })
    },
  }
}

/** The block of one node of a plan. */
export function blockOf(node: SagaNodeManifest): Block {
  if ('branches' in node) {
    const isChoice = node.node === 'choice'
    return pileOf(
      isChoice ? `${node.name}: one of` : node.name,
      node.branches.map(({ name, nodes }) =>
        rowOf([...(isChoice ? [pillOf([name])] : []), ...nodes.map(blockOf)]),
      ),
    )
  }
  return node.node === 'ensure' ? testBlock(node.name) : stepBlock(node)
}

/** A rounded box at the beginning or the end of a plan. */
export function pillOf(lines: readonly string[], className = 'box'): Block {
  const width = Math.ceil(textsWidth(lines, textFont)) + 2 * padding
  const height = lines.length * textHeight + 12
  return {
    width,
    height,
    lineY: height / 2,
    draw: ({ x, y }) => [
      element('rect', { x, y, width, height, rx: Math.min(15, height / 2), class: className }),
      ...lines.map((text, index) =>
        textLine({
          x: x + width / 2,
          y: y + 20 + index * textHeight,
          text,
          className: index === 0 ? '' : 'quiet',
          anchor: 'middle',
        }),
      ),
    ],
  }
}

/** A straight arrow, or one that turns soon after its start when the ends are at different heights. */
export function arrowTo(from: Point, to: Point, className = 'command'): string {
  const turn = from.x + gap / 2
  const points =
    from.y === to.y ? [from, to] : [from, { x: turn, y: from.y }, { x: turn, y: to.y }, to]
  return element('path', {
    d: roundedPath(points),
    class: `line ${className}`,
    'marker-end': `url(#tip-${className})`,
  })
}

function stepBlock(step: SagaStepManifest): Block {
  const facts = [
    step.command === unknownTarget ? 'unknown command' : step.command,
    ...limitsOf(step),
  ]
  const undo = undoText(step)
  const widest = Math.max(
    textWidth(step.name, nameFont),
    textsWidth(facts, textFont),
    undo === undefined ? 0 : textWidth(undo, smallFont),
  )
  const width = Math.ceil(Math.max(90, widest)) + 2 * padding
  const bodyHeight = headHeight + facts.length * textHeight + 8
  const height = bodyHeight + (undo === undefined ? 0 : 24)
  return { width, height, lineY: bodyHeight / 2, draw: drawStep }

  function drawStep({ x, y }: Point): readonly string[] {
    const frame = { x, width, rx: 6 }
    const isPivot = step.phase === 'pivot'
    const stacked = step.node === 'each' ? [4, 2] : []
    return [
      ...stacked.map((shift) =>
        element('rect', { ...frame, x: x + shift, y: y - shift, height: bodyHeight, class: 'box' }),
      ),
      ...(undo === undefined
        ? []
        : [
            element('rect', {
              ...frame,
              y: y + 10,
              height: height - 10,
              class: step.effect ? 'box' : 'undo',
            }),
            textLine({ x: x + padding, y: y + height - 8, text: undo, className: 'small quiet' }),
          ]),
      element('rect', { ...frame, y, height: bodyHeight, class: isPivot ? 'pivot' : 'box' }),
      textLine({ x: x + padding, y: y + 20, text: step.name, className: 'name' }),
      ...facts.map((text, index) =>
        textLine({
          x: x + padding,
          y: y + headHeight + 13 + index * textHeight,
          text,
          className: index === 0 && step.command === unknownTarget ? 'wrong' : 'quiet',
        }),
      ),
    ]
  }
}

function limitsOf(step: SagaStepManifest): readonly string[] {
  const each = step.max === undefined ? 'for each item' : `for each of at most ${step.max}`
  return [
    ...(step.node === 'each' ? [each] : []),
    ...(step.rejection === 'collect' ? ['collects rejections'] : []),
    ...(step.deadlineMs === undefined ? [] : [`within ${renderDuration(step.deadlineMs)}`]),
    ...(step.retry ? [retryText(step.retry)] : []),
    ...locksText(step),
  ]
}

/** `takes booking`, `frees booking`; for an `each`, that its items come one after the other. */
export function locksText({ takes, frees, inOrderOf }: SagaStepManifest): readonly string[] {
  return [
    ...(inOrderOf === undefined ? [] : ['one after the other']),
    ...(takes ? [`takes ${takes.join(', ')}`] : []),
    ...(frees ? [`frees ${frees.join(', ')}`] : []),
  ]
}

/** `3 more times, first after 1 s`. */
export function retryText({ times, afterMs }: NonNullable<SagaStepManifest['retry']>): string {
  const often = times === 1 ? 'once more' : `${times} more times`
  return `${often}, first after ${renderDuration(afterMs)}`
}

function undoText(step: SagaStepManifest): string | undefined {
  if (step.phase !== 'before') return undefined
  if (step.effect === 'none') return 'nothing to undo'
  return step.undo === undefined ? 'no undo' : `undo: ${step.undo}`
}

const units: readonly (readonly [name: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** A duration in the largest unit that divides it. */
export function renderDuration(durationMs: number): string {
  const unit = units.find(([, ms]) => durationMs >= ms && durationMs % ms === 0)
  return unit ? `${durationMs / unit[1]} ${unit[0]}` : `${durationMs} ms`
}

function testBlock(name: string): Block {
  const text = `${name}?`
  const slope = 14
  const width = Math.ceil(textWidth(text, textFont)) + 2 * slope + 8
  const height = 36
  return {
    width,
    height,
    lineY: height / 2,
    draw: ({ x, y }) => [
      element('path', {
        class: 'box',
        d: `M${x},${y + height / 2}l${slope},${-height / 2}h${width - 2 * slope}l${slope},${height / 2}l${-slope},${height / 2}h${2 * slope - width}Z`,
      }),
      textLine({ x: x + width / 2, y: y + 22, text, className: '', anchor: 'middle' }),
    ],
  }
}

/** Branches in a frame, all between one fork and one join. */
function pileOf(name: string, branches: readonly Block[]): Block {
  const inner = Math.max(0, ...branches.map(({ width }) => width))
  const width = Math.max(inner + 2 * gap, Math.ceil(textWidth(name, smallFont)) + 2 * padding)
  const height = branches.reduce((sum, branch) => sum + branch.height + branchGap, groupHead + 6)
  const lineY = groupHead + (height - groupHead) / 2
  return { width, height, lineY, draw: drawPile }

  function drawPile({ x, y }: Point): readonly string[] {
    let top = y + groupHead + 6
    const drawn = branches.flatMap((branch) => {
      const left = x + (width - branch.width) / 2
      const line = top + branch.lineY
      const start = { x, y: y + lineY }
      const end = { x: x + width, y: y + lineY }
      const parts = [
        arrowTo(start, { x: left, y: line }),
        joinLine({ x: left + branch.width, y: line }, end),
        ...branch.draw({ x: left, y: top }),
      ]
      top += branch.height + branchGap
      return parts
    })
    return [
      element('rect', { x, y, width, height, rx: 8, class: 'group' }),
      textLine({ x: x + padding, y: y + 17, text: name, className: 'small quiet' }),
      ...drawn,
    ]
  }
}

function joinLine(from: Point, to: Point): string {
  const turn = to.x - gap / 2
  const points =
    from.y === to.y ? [from, to] : [from, { x: turn, y: from.y }, { x: turn, y: to.y }, to]
  return element('path', { d: roundedPath(points), class: 'line command' })
}
