import type { Size } from '../layout.port.ts'
import { iconSize, renderIcon } from './icons.ts'
import { sagaClass } from './style.ts'
import { element, textLine } from './svg.ts'
import type { RowIcon } from './system-drawing.ts'
import { textWidth } from './text-width.ts'

/** One sign of a picture and what it means. */
export interface LegendItem {
  readonly line?: 'command' | 'event' | 'saga' | 'thin' | 'driven' | 'pivot' | 'undo'
  readonly icon?: RowIcon
  readonly saga?: number
  readonly text: string
}

export interface Legend extends Size {
  /** Drawn with its upper left corner at 0, 0. */
  readonly parts: readonly string[]
}

const font = { size: 11 }
const rowHeight = 22
const signWidth = 34
const gap = 22
const margin = 24

/** Lays the items out in rows that are not wider than `widthMax`, unless one item is. */
export function renderLegend(items: readonly LegendItem[], widthMax: number): Legend {
  const parts: string[] = []
  let x = margin
  let row = 0
  let width = 0
  for (const item of items) {
    const itemWidth = signWidth + textWidth(item.text, font)
    if (x > margin && x + itemWidth > widthMax - margin) {
      x = margin
      row += 1
    }
    const middle = row * rowHeight + rowHeight / 2
    parts.push(renderSign(item, x, middle))
    parts.push(
      textLine({ x: x + signWidth, y: middle + 4, text: item.text, className: 'small quiet' }),
    )
    x += itemWidth + gap
    width = Math.max(width, x - gap + margin)
  }
  return { parts, width, height: items.length === 0 ? 0 : (row + 1) * rowHeight }
}

function renderSign({ line, icon, saga = 0 }: LegendItem, x: number, middle: number): string {
  if (icon) return renderIcon(icon, { x: x + 8, y: middle - iconSize / 2 }, saga)
  if (line === 'driven' || line === 'pivot' || line === 'undo') {
    return element('rect', { x: x + 2, y: middle - 7, width: 24, height: 14, rx: 5, class: line })
  }
  const color = line === 'saga' ? ` ${sagaClass('stroke', saga)}` : ''
  return element('path', { d: `M${x},${middle}H${x + 27}`, class: `line ${line}${color}` })
}
