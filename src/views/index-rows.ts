import { definitionError } from '../language/errors.ts'
import type { View } from '../language/view.ts'

export type IndexRow = readonly [index: string, value: string | number]

const noRows: readonly IndexRow[] = []

/** Values of one index of one document. */
export const indexValuesMax = 1_000

/** The rows under which a document can be found. */
export function indexRows(view: View | undefined, document: unknown): readonly IndexRow[] {
  if (!view || document === undefined) return noRows
  const rows: IndexRow[] = []
  for (const [index, valueOf] of Object.entries(view.indexes)) {
    // Why the cast: an index function is only called with documents of its view.
    const value = (valueOf as (document: unknown) => unknown)(document)
    if (value === undefined) continue
    if (isIndexValue(value)) {
      rows.push([index, value])
      continue
    }
    const values = Array.isArray(value) ? value : [value]
    if (values.length > indexValuesMax || !values.every(isIndexValue)) {
      throw definitionError(
        `Index "${index}" of view "${view.name}" gave something that is not text, a finite number, or up to ${indexValuesMax} of them.`,
      )
    }
    for (const each of new Set<string | number>(values)) rows.push([index, each])
  }
  return rows
}

function isIndexValue(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isFinite(value)
}
