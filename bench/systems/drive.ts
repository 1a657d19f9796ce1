import type { Sample } from '../suite/benchmark.ts'
import { percentile } from '../suite/statistics.ts'

export interface Drive {
  /** How many are under way at once. */
  readonly concurrency: number
  readonly count: number
  /** Runs number `index`. */
  readonly run: (index: number) => Promise<unknown>
}

/** A sample with what the processor was busy for: it tells much also on a machine that others load. */
export interface DriveSample extends Sample {
  readonly cpuMicrosecondsEach: number
}

/** Runs something `count` times and tells how many a second, and how long each took. */
export async function drive({ concurrency, count, run }: Drive): Promise<DriveSample> {
  const latencies: number[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      const begun = performance.now()
      await run(index)
      latencies.push(performance.now() - begun)
    }
  }
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await Promise.all(Array.from({ length: concurrency }, worker))
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return {
    value: count / seconds,
    cpuMicrosecondsEach: (user + system) / count,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  }
}
