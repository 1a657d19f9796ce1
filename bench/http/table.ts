/** One line of a table: the median of the repetitions, and how far they spread. */
export type BenchRow = {
  readonly name: string
  readonly perSecond: number
  readonly perSecondMin?: number
  readonly perSecondMax?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  readonly ratio?: number
}

export type BenchTable = {
  readonly name: string
  readonly rows: readonly BenchRow[]
}

/** The middle of the numbers; of an even count, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const high = sorted[Math.floor(sorted.length / 2)]
  const low = sorted[Math.floor((sorted.length - 1) / 2)]
  if (high === undefined || low === undefined) throw new Error('median of no numbers')
  return (low + high) / 2
}

export function printTable(table: BenchTable): void {
  console.log(table.name)
  console.table(
    Object.fromEntries(
      table.rows.map((row) => [
        row.name,
        {
          median: Math.round(row.perSecond),
          min: rounded(row.perSecondMin, 0),
          max: rounded(row.perSecondMax, 0),
          'p50 ms': rounded(row.p50Ms, 2),
          'p99 ms': rounded(row.p99Ms, 2),
          ratio: rounded(row.ratio, 2),
        },
      ]),
    ),
  )
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits))
}
