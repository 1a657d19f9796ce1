import type { ArrangedEdge, Arrangement, GraphLayout, Point, Size } from '../layout.port.ts'
import type { Manifest } from '../manifest.ts'
import { renderIcon } from './icons.ts'
import { type LegendItem, renderLegend } from './legend.ts'
import { renderPicture } from './picture.ts'
import { sagaClass } from './style.ts'
import { element, escapeText, roundedPath, textLine } from './svg.ts'
import { type Box, type Drawing, drawSystem, type Link } from './system-drawing.ts'
import { shorten, textsWidth, textWidth } from './text-width.ts'

const nameFont = { size: 14, isBold: true }
const rowFont = { size: 12 }
const labelFont = { size: 11 }
const headHeight = 30
const rowHeight = 19
const boxPadding = 12
const iconWidth = 20
const labelLinesMax = 5
const labelLineHeight = 14
const labelPadding = 4

/**
 * Draws a system: its gateways, services and driven ports, and the messages between them.
 *
 * The same manifest and layout always give the same text. Colours follow the reader's light or dark preference.
 */
export async function renderSvg(manifest: Manifest, layout: GraphLayout): Promise<string> {
  const drawing = drawSystem(manifest)
  const arrangement = await layout.arrange({
    nodes: drawing.boxes.map((box) => ({ id: box.id, ...boxSize(box) })),
    edges: drawing.links.map((link) => ({ ...link, ...labelPart(link) })),
  })
  return renderPicture({
    id: `system-${manifest.system}`,
    title: manifest.system,
    summary: summarize(manifest),
    description: describe(manifest, drawing),
    size: arrangement,
    parts: [
      ...drawing.links.map((link) => renderLine(link, arrangement)),
      ...drawing.boxes.map((box) => renderBox(box, arrangement.nodes.get(box.id) ?? origin)),
      ...drawing.links.map((link) => renderLabel(link, arrangement.edges.get(link.id))),
    ],
    legend: renderLegend(legendOf(manifest, drawing), arrangement.width),
  })
}

const origin: Point = { x: 0, y: 0 }

function boxSize({ name, rows }: Box): Size {
  const rowsWidth =
    textsWidth(
      rows.map(({ text }) => text),
      rowFont,
    ) + (rows.length > 0 ? iconWidth : 0)
  const width = Math.max(90, textWidth(name, nameFont), rowsWidth) + 2 * boxPadding
  const height = headHeight + (rows.length > 0 ? rows.length * rowHeight + 10 : 0)
  return { width: Math.ceil(width), height }
}

/** What a line says. Routes are too many to be written at a line: their number is. */
function labelLines({ kind, names }: Link): readonly string[] {
  if (kind === 'driven') return []
  if (kind === 'routes') return [`${names.length} ${names.length === 1 ? 'route' : 'routes'}`]
  return shorten(names, labelLinesMax)
}

function labelPart(link: Link): { readonly label?: Size } {
  const lines = labelLines(link)
  if (lines.length === 0) return {}
  const width = Math.ceil(textsWidth(lines, labelFont)) + 2 * labelPadding
  return { label: { width, height: lines.length * labelLineHeight + labelPadding } }
}

function renderBox(box: Box, { x, y }: Point): string {
  const { width, height } = boxSize(box)
  const isPort = box.kind === 'port'
  const frame = { x, y, width, rx: box.kind === 'service' ? 6 : 14 }
  const middle = x + width / 2
  const rows = box.rows.map((row, index) => {
    const baseline = y + headHeight + 17 + index * rowHeight
    return [
      renderIcon(row.icon, { x: x + boxPadding, y: baseline - 10 }, row.saga),
      textLine({
        x: x + boxPadding + iconWidth,
        y: baseline,
        text: row.text,
        className: row.icon === 'wrong' ? 'wrong' : 'quiet',
      }),
    ].join('')
  })
  return element(
    'g',
    {},
    element(
      'title',
      {},
      escapeText(`${box.kind === 'port' ? 'driven port' : box.kind} ${box.name}`),
    ),
    element('rect', { ...frame, height, class: isPort ? 'driven' : 'box' }),
    ...(isPort ? [] : [element('rect', { ...frame, height: headHeight, class: 'head' })]),
    textLine({ x: middle, y: y + 20, text: box.name, className: 'name', anchor: 'middle' }),
    ...rows,
  )
}

const lineClasses = {
  command: 'command',
  event: 'event',
  saga: 'saga',
  routes: 'thin',
  driven: 'thin',
} as const

function renderLine(link: Link, arrangement: Arrangement): string {
  const points = arrangement.edges.get(link.id)?.points ?? []
  const isSaga = link.kind === 'saga'
  const color = isSaga ? ` ${sagaClass('stroke', link.saga)}` : ''
  const tip = isSaga ? sagaClass('fill', link.saga) : lineClasses[link.kind]
  return element(
    'path',
    {
      d: roundedPath(points),
      class: `line ${lineClasses[link.kind]}${color}`,
      'marker-end': `url(#tip-${tip})`,
    },
    element(
      'title',
      {},
      escapeText(`${nameOf(link.from)} to ${nameOf(link.to)}: ${link.names.join(', ')}`),
    ),
  )
}

function nameOf(boxId: string): string {
  return boxId.slice(boxId.indexOf(' ') + 1)
}

function renderLabel(link: Link, edge: ArrangedEdge | undefined): string {
  const lines = labelLines(link)
  const place = edge?.label
  const size = labelPart(link).label
  if (!place || !size) return ''
  const { x, y } = place
  return [
    element('rect', { x, y, width: size.width, height: size.height, rx: 3, class: 'halo' }),
    ...lines.map((text, index) =>
      textLine({
        x: x + labelPadding,
        y: y + 12 + index * labelLineHeight,
        text,
        className: `label ${labelClass(link)}`,
      }),
    ),
  ].join('')
}

function labelClass({ kind, saga }: Link): string {
  return kind === 'saga' ? sagaClass('fill', saga) : `${lineClasses[kind]}-text`
}

function summarize({ services, sagas, gateways }: Manifest): string {
  const routes = gateways.reduce((sum, gateway) => sum + gateway.routes.length, 0)
  return [
    count(services.length, 'service'),
    count(sagas.length, 'saga'),
    count(routes, 'route'),
  ].join(', ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function describe(manifest: Manifest, { links }: Drawing): string {
  const sentences = links
    .filter(({ kind }) => kind !== 'routes' && kind !== 'driven')
    .map(
      ({ kind, from, to, names }) =>
        `${nameOf(from)} to ${nameOf(to)}, ${kind}: ${names.join(', ')}.`,
    )
  return [`${summarize(manifest)}.`, ...sentences].join(' ')
}

function legendOf(manifest: Manifest, { boxes, links }: Drawing): readonly LegendItem[] {
  const has = (kind: Link['kind']): boolean => links.some((link) => link.kind === kind)
  const icons = new Set(boxes.flatMap(({ rows }) => rows.map(({ icon }) => icon)))
  const items: readonly (LegendItem | false)[] = [
    has('routes') && { line: 'thin', text: 'requests of a gateway' },
    has('command') && { line: 'command', text: 'commands of policies' },
    has('event') && { line: 'event', text: 'events' },
    ...manifest.sagas.map(({ name }, saga) => ({
      line: 'saga' as const,
      saga,
      text: `saga ${name}`,
    })),
    icons.has('log') && { icon: 'log', text: 'aggregate kept as events' },
    icons.has('state') && { icon: 'state', text: 'aggregate kept as state' },
    icons.has('view') && { icon: 'view', text: 'view' },
    icons.has('policy') && { icon: 'policy', text: 'policy' },
    boxes.some(({ kind }) => kind === 'port') && { line: 'driven', text: 'driven port' },
  ]
  return items.filter((item) => item !== false)
}
