// Mermaid flowcharts (https://mermaid.js.org): text that repositories and wikis draw by themselves.

import {
  type Manifest,
  type SagaBranchingManifest,
  type SagaManifest,
  type SagaNodeManifest,
  type SagaStepManifest,
  unknownTarget,
} from '../manifest.ts'
import { layOutLanes } from './lanes.ts'
import { renderDuration, locksText, retryText } from './saga-blocks.ts'
import { type Box, drawSystem, type Link } from './system-drawing.ts'
import { shorten } from './text-width.ts'

const labelLinesMax = 6

/** Writes a system as a Mermaid flowchart. */
export function renderMermaid(manifest: Manifest): string {
  const { boxes, links } = drawSystem(manifest)
  const ids = new Map(boxes.map(({ id }, index) => [id, `box${index}`]))
  const idOf = (box: string): string => ids.get(box) ?? box
  return lines([
    'flowchart LR',
    ...boxes.map((box) => `  ${idOf(box.id)}${renderBox(box)}`),
    ...links.map((link) => `  ${idOf(link.from)} ${renderArrow(link)} ${idOf(link.to)}`),
  ])
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`
}

function renderBox({ kind, name, rows }: Box): string {
  const text = quote([`<b>${escapeText(name)}</b>`, ...rows.map((row) => escapeText(row.text))])
  if (kind === 'gateway') return `{{${text}}}`
  return kind === 'port' ? `([${text}])` : `[${text}]`
}

function renderArrow({ kind, names }: Link): string {
  if (kind === 'driven') return '---'
  if (kind === 'routes')
    return `-->|${quote([names.length === 1 ? '1 route' : `${names.length} routes`])}|`
  const label = quote(shorten(names, labelLinesMax).map(escapeText))
  if (kind === 'event') return `-.->|${label}|`
  return kind === 'saga' ? `==>|${label}|` : `-->|${label}|`
}

/** Writes the plan of one saga as a Mermaid flowchart. */
export function renderSagaMermaid(saga: SagaManifest): string {
  const plan = createPlan()
  const start = plan.add(
    `([${quote(saga.startsOn.length > 0 ? saga.startsOn : ['started by hand'])}])`,
  )
  const end = plan.addNodes(saga.nodes, [start])
  plan.connect(end, plan.add('([completed])'))
  if (plan.undos.length > 0) {
    const notice = saga.notice === undefined ? [] : [`then ${saga.notice}`]
    const compensated = plan.add(`([${quote(['compensated', ...notice])}])`)
    for (const { id, undo } of plan.undos) {
      plan.arrows.push(`  ${id} -.->|${quote([`undo: ${undo}`])}| ${compensated}`)
    }
  }
  return lines([
    'flowchart LR',
    ...plan.shapes,
    ...plan.arrows,
    '  classDef pivot stroke-width:3px',
  ])
}

/** Writes what each participant does in a saga as a Mermaid flowchart: a frame for each service. */
export function renderLanesMermaid(saga: SagaManifest): string {
  const { services, boxes, arrows } = layOutLanes(saga)
  const shapeOf = (box: number): string => {
    const { step } = boxes[box] ?? {}
    if (step) return `[${quote(stepText(step))}]${classOf(step)}`
    if (box > 0) return '([completed])'
    return `([${quote(saga.startsOn.length > 0 ? saga.startsOn : ['started by hand'])}])`
  }
  const frames = services.flatMap((service, lane) => [
    `  subgraph lane${lane}[${quote([escapeText(service)])}]`,
    ...boxes.flatMap((box, index) =>
      box.lane === lane ? [`    node${index}${shapeOf(index)}`] : [],
    ),
    '  end',
  ])
  const links = arrows.map(({ from, to, label }) => {
    const way = label === undefined ? '' : `|${quote([escapeText(label)])}|`
    return `  node${from} -->${way} node${to}`
  })
  return lines(['flowchart LR', ...frames, ...links, '  classDef pivot stroke-width:3px'])
}

interface Undo {
  readonly id: string
  readonly undo: string
}

interface Plan {
  readonly shapes: string[]
  /** After all shapes: an arrow inside a frame would pull both its ends into the frame. */
  readonly arrows: string[]
  readonly undos: Undo[]
  readonly add: (shape: string) => string
  readonly connect: (from: readonly string[], to: string) => void
  readonly addNodes: (
    nodes: readonly SagaNodeManifest[],
    from: readonly string[],
  ) => readonly string[]
}

function createPlan(): Plan {
  const shapes: string[] = []
  const arrows: string[] = []
  const undos: Undo[] = []
  let count = 0

  const add = (shape: string): string => {
    const id = `node${count}`
    count += 1
    shapes.push(`  ${id}${shape}`)
    return id
  }
  const connect = (from: readonly string[], to: string): void => {
    for (const id of from) arrows.push(`  ${id} --> ${to}`)
  }
  const addBranching = (
    { node, name, branches }: SagaBranchingManifest,
    from: readonly string[],
  ): readonly string[] => {
    const id = `group${count}`
    shapes.push(
      `  subgraph ${id}[${quote([escapeText(node === 'choice' ? `${name}: one of` : name)])}]`,
    )
    const addWay = (way: string): readonly string[] => {
      const first = add(`([${quote([escapeText(way)])}])`)
      connect(from, first)
      return [first]
    }
    const ends = branches.map((way) =>
      addNodes(way.nodes, node === 'choice' ? addWay(way.name) : from),
    )
    shapes.push('  end')
    return ends.flat()
  }
  const addNode = (node: SagaNodeManifest, from: readonly string[]): readonly string[] => {
    if ('branches' in node) return addBranching(node, from)
    const isStep = node.node !== 'ensure'
    const id = add(
      isStep ? `[${quote(stepText(node))}]${classOf(node)}` : `{{${quote([`${node.name}?`])}}}`,
    )
    connect(from, id)
    if (isStep && node.phase === 'before' && node.undo !== undefined)
      undos.push({ id, undo: escapeText(node.undo) })
    return [id]
  }
  const addNodes = (
    nodes: readonly SagaNodeManifest[],
    from: readonly string[],
  ): readonly string[] => {
    let ends = from
    for (const node of nodes) ends = addNode(node, ends)
    return ends
  }
  return { shapes, arrows, undos, add, connect, addNodes }
}

function stepText(step: SagaStepManifest): readonly string[] {
  return [
    `<b>${escapeText(step.name)}</b>`,
    step.command === unknownTarget ? 'unknown command' : escapeText(step.command),
    ...(step.node === 'each'
      ? [step.max === undefined ? 'for each item' : `for each of at most ${step.max}`]
      : []),
    ...(step.deadlineMs === undefined ? [] : [`within ${renderDuration(step.deadlineMs)}`]),
    ...(step.retry ? [retryText(step.retry)] : []),
    ...locksText(step),
    ...(step.phase === 'pivot' ? ['<i>pivot</i>'] : []),
  ]
}

function classOf({ phase }: SagaStepManifest): string {
  return phase === 'pivot' ? ':::pivot' : ''
}

function quote(texts: readonly string[]): string {
  return `"${texts.join('<br/>')}"`
}

/** Signs that Mermaid would read as its own, as its numeric entities. */
function escapeText(text: string): string {
  return text.replaceAll(/["#<>&;`]/g, (sign) => `#${sign.codePointAt(0)};`)
}
