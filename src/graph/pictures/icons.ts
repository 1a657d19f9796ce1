import type { Point } from '../layout.port.ts'
import { sagaClass } from './style.ts'
import { element } from './svg.ts'
import type { RowIcon } from './system-drawing.ts'

export const iconSize = 12

/** Draws the small sign of a row, 12 by 12. */
export function renderIcon(icon: RowIcon, { x, y }: Point, saga = 0): string {
  const place = { transform: `translate(${Math.round(x)},${Math.round(y)})` }
  return element('g', place, drawings[icon](saga))
}

const drawings: Readonly<Record<RowIcon, (saga: number) => string>> = {
  // A pile of entries.
  log: () => element('path', { class: 'icon', d: 'M1,2.5H11M1,6H11M1,9.5H11' }),
  state: () => element('rect', { class: 'icon-full', x: 1, y: 1, width: 10, height: 10, rx: 2 }),
  // A table.
  view: () => element('path', { class: 'icon', d: 'M1,1.5H11V10.5H1ZM1,4.8H11M5,4.8V10.5' }),
  // A spark.
  policy: () => element('path', { class: 'icon-full', d: 'M7,0L2,7H5.5L4.5,12L10,4.8H6.4Z' }),
  // Steps on a way.
  saga: (saga) =>
    [
      element('path', {
        d: 'M1.5,10L6,2L10.5,10',
        fill: 'none',
        class: sagaClass('stroke', saga),
        'stroke-width': 1.2,
      }),
      ...[
        [1.5, 10],
        [6, 2],
        [10.5, 10],
      ].map(([cx, cy]) => element('circle', { cx, cy, r: 1.8, class: sagaClass('fill', saga) })),
    ].join(''),
  routes: () => element('path', { class: 'icon', d: 'M1,6H10M7,2.5L10.5,6L7,9.5' }),
  wrong: () => element('path', { class: 'icon', d: 'M2,2L10,10M10,2L2,10' }),
}
