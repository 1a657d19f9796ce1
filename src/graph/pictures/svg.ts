import type { Point } from '../layout.port.ts'

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** Gives one element as text. Children are elements already; text goes through `escapeText`. */
export function element(
  name: string,
  attributes: Attributes,
  ...children: readonly string[]
): string {
  const pairs = Object.entries(attributes)
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`,
    )
  const start = `<${name}${pairs.join('')}`
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`
}

/** Gives text that stands for itself inside an element or an attribute. */
export function escapeText(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // Characters that XML cannot hold in any form.
      .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
  )
}

/** A number without noise: a tenth of a pixel is enough. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}

interface TextOptions extends Point {
  readonly text: string
  readonly className: string
  readonly anchor?: 'start' | 'middle' | 'end'
}

/** One line of text; `y` is its base line. */
export function textLine({ x, y, text, className, anchor }: TextOptions): string {
  return element('text', { x, y, class: className, 'text-anchor': anchor }, escapeText(text))
}

const cornerRadius = 8

/** A line through all points, its corners rounded. */
export function roundedPath(points: readonly Point[]): string {
  const [first, ...others] = points
  if (!first) return ''
  const parts = [`M${pair(first)}`]
  for (const [index, corner] of others.entries()) {
    const before = points[index] ?? corner
    const after = others[index + 1]
    if (!after) parts.push(`L${pair(corner)}`)
    else {
      const radius = Math.min(
        cornerRadius,
        distance(before, corner) / 2,
        distance(corner, after) / 2,
      )
      parts.push(`L${pair(towards(corner, before, radius))}`)
      parts.push(`Q${pair(corner)} ${pair(towards(corner, after, radius))}`)
    }
  }
  return parts.join('')
}

function pair({ x, y }: Point): string {
  return `${round(x)},${round(y)}`
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y)
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to)
  if (whole === 0) return from
  return {
    x: from.x + ((to.x - from.x) * length) / whole,
    y: from.y + ((to.y - from.y) * length) / whole,
  }
}
