import { type BenchRow, type BenchTable, median, printTable } from '../http/table.ts'
import { measureGrowth } from './growth.ts'
import { openHandWritten } from './hand-written.ts'
import { openAdapter, openWorker } from './lanes.ts'
import { type LaneRun, type Measured, measureLane } from './measure.ts'

const repetitions = 5
const single = { batch: 1, commits: 6_000 }
const small = { batch: 32, commits: 40_000 }
const full = { batch: 128, commits: 100_000 }
/** What a decision costs beside its commit: parsing, checking, deciding, rendering. */
const decideMs = 0.02

/** The lanes, and the one that each is compared with. */
const lanes: readonly (LaneRun & { readonly against?: string })[] = [
  { name: 'by hand, 1', open: openHandWritten, ...single },
  { name: 'by hand, 32', open: openHandWritten, ...small },
  { name: 'by hand, 128', open: openHandWritten, ...full },
  { name: 'adapter, 1', open: openAdapter, ...single, against: 'by hand, 1' },
  { name: 'adapter, 32', open: openAdapter, ...small, against: 'by hand, 32' },
  { name: 'adapter, 128', open: openAdapter, ...full, against: 'by hand, 128' },
  { name: 'worker, 1', open: openWorker, ...single, against: 'adapter, 1' },
  { name: 'worker, 128', open: openWorker, ...full, against: 'adapter, 128' },
  {
    name: 'worker, 128, two at once',
    open: openWorker,
    ...full,
    inFlight: 2,
    against: 'adapter, 128',
  },
  { name: 'adapter, 128, deciding', open: openAdapter, ...full, decideMs },
  {
    name: 'worker, 128, deciding, two at once',
    open: openWorker,
    ...full,
    decideMs,
    inFlight: 2,
    against: 'adapter, 128, deciding',
  },
]

/** What a commit costs in the embedded store, beside the same rows written by hand. */
export async function run(only = ''): Promise<BenchTable> {
  const chosen = lanes.filter(({ name }) => name.includes(only))
  const results = new Map<string, Measured[]>()
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const lane of chosen) {
      results.set(lane.name, [...(results.get(lane.name) ?? []), await measureLane(lane)])
    }
  }
  const growth = 'growth'.includes(only) || only === '' ? await measureGrowth() : []
  return {
    name: 'store: durable commits per second, and what each operation costs when there is ten times as much',
    rows: [...chosen.map((lane) => rowOf(lane, results)), ...growth],
  }
}

function rowOf(
  { name, against }: (typeof lanes)[number],
  results: ReadonlyMap<string, readonly Measured[]>,
): BenchRow {
  const measured = results.get(name) ?? []
  const speeds = measured.map(({ perSecond }) => perSecond)
  const others = (against === undefined ? undefined : results.get(against)) ?? []
  const ratios = others.map(({ perSecond }, index) => (speeds[index] ?? 0) / perSecond)
  return {
    name,
    perSecond: median(speeds),
    perSecondMin: Math.min(...speeds),
    perSecondMax: Math.max(...speeds),
    p50Ms: median(measured.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
    ...(ratios.length > 0 ? { ratio: median(ratios) } : {}),
  }
}

if (import.meta.main) printTable(await run(process.argv[2]))
