import type { Size } from '../layout.port.ts'
import type { Legend } from './legend.ts'
import { sagaClass, sagaColorNumbers, styleSheet } from './style.ts'
import { element, escapeText, textLine } from './svg.ts'
import { textWidth } from './text-width.ts'

export interface Picture {
  /** Unique among the pictures of one page. */
  readonly id: string
  readonly title: string
  /** One line under the title. */
  readonly summary: string
  /** The whole content in sentences, for readers who do not see it. */
  readonly description: string
  readonly size: Size
  readonly parts: readonly string[]
  readonly legend: Legend
  /** Rules for signs that only this picture has. */
  readonly styles?: string
}

const headHeight = 58
const margin = 24

/** Gives a whole SVG file: title, content, legend. */
export function renderPicture(picture: Picture): string {
  const { id, title, summary, description, size, parts, legend, styles = '' } = picture
  const textEnd =
    margin * 2 +
    Math.max(textWidth(title, { size: 18, isBold: true }), textWidth(summary, { size: 12 }))
  const width = Math.ceil(Math.max(size.width, legend.width, textEnd))
  const legendTop = headHeight + size.height + 8
  const height = Math.ceil(legendTop + legend.height + (legend.height > 0 ? 16 : 0))
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-description`,
    },
    element('title', { id: `${id}-title` }, escapeText(title)),
    element('desc', { id: `${id}-description` }, escapeText(description)),
    element('style', {}, `${styleSheet}${styles}`),
    element('defs', {}, ...tips()),
    element('rect', { width, height, class: 'ground' }),
    textLine({ x: margin, y: 34, text: title, className: 'title' }),
    textLine({ x: margin, y: 54, text: summary, className: 'quiet' }),
    element(
      'g',
      { transform: `translate(0,${headHeight})` },
      '\n',
      ...parts.flatMap((part) => [part, '\n']),
    ),
    element('g', { transform: `translate(0,${legendTop})` }, ...legend.parts),
  )
  return `${svg}\n`
}

/** Arrow heads: one for each colour of a line, because a head cannot take the colour of its line everywhere. */
function tips(): readonly string[] {
  const shape = 'M0,0L9,4.5L0,9Z'
  const marker = (name: string, attributes: Readonly<Record<string, string>>): string =>
    element(
      'marker',
      {
        id: `tip-${name}`,
        viewBox: '0 0 9 9',
        refX: 8.5,
        refY: 4.5,
        markerWidth: 9,
        markerHeight: 9,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto-start-reverse',
      },
      element('path', { d: shape, ...attributes }),
    )
  return [
    marker('command', { class: 'tip' }),
    marker('event', { class: 'tip-event' }),
    marker('thin', { class: 'tip-thin' }),
    ...sagaColorNumbers.map((saga) => {
      const className = sagaClass('fill', saga)
      return marker(className, { class: className })
    }),
  ]
}
