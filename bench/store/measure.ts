import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Lane } from './lanes.ts'
import { createWork } from './workload.ts'

export interface LaneRun {
  readonly name: string
  readonly open: (file: string) => Promise<Lane> | Lane
  readonly batch: number
  readonly commits: number
  /** Time that the deciding thread spends on each commit before it is handed in. */
  readonly decideMs?: number
  /** How many batches are under way at once. */
  readonly inFlight?: number
}

export interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Runs one lane on a new file in the folder of the results, where the disk is the one that counts. */
export async function measureLane(run: LaneRun): Promise<Measured> {
  const folder = mkdtempSync(join(import.meta.dirname, '.data-'))
  const lane = await run.open(join(folder, 'hand.db'))
  try {
    return await pump(lane, run)
  } finally {
    await lane.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function pump(lane: Lane, run: LaneRun): Promise<Measured> {
  const work = createWork()
  await lane.commit(work.next(run.batch))
  const batches = Array.from({ length: Math.ceil(run.commits / run.batch) }, () =>
    work.next(run.batch),
  )
  const latencies: number[] = []
  let next = 0
  const commitSome = async (): Promise<void> => {
    while (next < batches.length) {
      const batch = batches[next] ?? []
      next += 1
      spend((run.decideMs ?? 0) * batch.length)
      const begun = performance.now()
      await lane.commit(batch)
      latencies.push(performance.now() - begun)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: run.inFlight ?? 1 }, commitSome))
  const seconds = (performance.now() - begun) / 1_000
  latencies.sort((one, other) => one - other)
  return {
    perSecond: (batches.length * run.batch) / seconds,
    p50Ms: latencies[Math.floor(latencies.length / 2)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  }
}

/** Keeps the thread busy, as deciding does. */
function spend(durationMs: number): void {
  const end = performance.now() + durationMs
  while (performance.now() < end);
}
