import { checkoutsBenchmark } from './checkouts/benchmark.ts'
import { commandsBenchmark } from './commands/benchmark.ts'
import { growthBenchmark } from './growth/benchmark.ts'
import type { BenchTable } from './http/table.ts'
import { memoryBenchmark } from './memory/benchmark.ts'
import type { Benchmark } from './suite/benchmark.ts'

/** Benchmarks whose cases run in processes of their own, in turns. */
export const benchmarks: readonly Benchmark[] = [
  commandsBenchmark,
  growthBenchmark,
  checkoutsBenchmark,
  memoryBenchmark,
]

/** Measurements behind a choice: they bring their own way to measure. */
export const tables: readonly {
  readonly name: string
  readonly summary: string
  run(): Promise<BenchTable>
}[] = [
  {
    name: 'store',
    summary: 'the embedded store, beside the same rows written by hand and beside a worker thread',
    run: async () => (await import('./store/main.ts')).run(),
  },
  {
    name: 'http-commands',
    summary: 'commands and queries over HTTP, beside a plain server that answers a constant',
    run: async () => (await import('./http-commands/main.ts')).run(),
  },
  {
    name: 'http',
    summary: 'HTTP libraries answering constants and validated requests',
    run: async () => (await import('./http/main.ts')).run(),
  },
]
