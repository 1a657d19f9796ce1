import { element } from '../../graph/pictures/svg.ts'
import type { Grid, PlacedRow } from './draw-rows.ts'

interface Ground extends Grid {
  readonly top: number
  readonly bottom: number
}

/** Draws the lifelines: whole while somebody lives, dotted while it is dead. */
export function drawLives(rows: readonly PlacedRow[], ground: Ground): readonly string[] {
  return ground.lifelines.flatMap((_, index) => drawLife(rows, ground, index))
}

function drawLife(
  rows: readonly PlacedRow[],
  { xOf, top, bottom }: Ground,
  index: number,
): readonly string[] {
  const parts: string[] = []
  let from = top
  let isDead = false
  const line = (to: number): void => {
    const className = isDead ? 'life dead' : 'life'
    if (to > from)
      parts.push(element('path', { d: `M${xOf(index)},${from}V${to}`, class: className }))
    from = to
  }
  for (const { row, middle } of rows) {
    if ((row.kind !== 'death' && row.kind !== 'birth') || row.at !== index) continue
    line(middle)
    isDead = row.kind === 'death'
  }
  line(bottom)
  return parts
}
