import { foreignCoresMax } from './machine.ts'
import type { BarResult, CaseResult } from './run-benchmark.ts'
import { median } from './statistics.ts'

const headings = ['case', 'unit', 'median', 'min', 'max', 'p50 ms', 'p99 ms', 'foreign']

/** Renders the results of a benchmark: a table, what the bars came to, and further facts. */
export function renderResults(title: string, results: readonly CaseResult[]): string {
  const rows = [headings, ...results.map(rowOf)]
  const widths = headings.map((_heading, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
  return [title, ...lines, ...results.flatMap(barLines), ...results.flatMap(factLines)].join('\n')
}

function rowOf({ name, unit, samples, foreignCores }: CaseResult): readonly string[] {
  const values = samples.map(({ value }) => value)
  const middle = (numbers: readonly number[]): string =>
    numbers.length === 0 ? '' : renderNumber(median(numbers))
  return [
    name,
    unit,
    middle(values),
    renderNumber(Math.min(...values)),
    renderNumber(Math.max(...values)),
    middle(samples.flatMap(({ p50Ms }) => p50Ms ?? [])),
    middle(samples.flatMap(({ p99Ms }) => p99Ms ?? [])),
    foreignCores === undefined ? '' : `${foreignCores.toFixed(1)}${isLoud(foreignCores)}`,
  ]
}

function isLoud(foreignCores: number): string {
  return foreignCores > foreignCoresMax ? ' !' : ''
}

function barLines({ name, bars }: CaseResult): readonly string[] {
  return bars.map((bar) => {
    const than = bar.against === undefined ? '' : ` of "${bar.against}"`
    return `  "${name}": ${bar.measure} ${renderNumber(bar.found)}${than}${renderLimit(bar)}`
  })
}

function renderLimit({ atLeast, atMost, holds }: BarResult): string {
  if (atLeast === undefined && atMost === undefined) return ''
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  return ` (${limit}: ${holds ? 'holds' : 'DOES NOT HOLD'})`
}

function factLines({ name, samples }: CaseResult): readonly string[] {
  const names = Object.keys(samples[0]?.facts ?? {})
  if (names.length === 0) return []
  const facts = names.map((fact) => {
    const numbers = samples.flatMap(({ facts: each }) => each?.[fact] ?? [])
    return `${fact} ${renderNumber(median(numbers))}`
  })
  return [`  "${name}": ${facts.join(', ')}`]
}

/** Three digits that matter; thousands apart. */
export function renderNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
