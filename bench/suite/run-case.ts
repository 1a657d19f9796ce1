import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchCase, Sample } from './benchmark.ts'

export interface Repetition {
  readonly sample: Sample
  /** Cores that others kept busy meanwhile. */
  readonly foreignCores: number | undefined
}

export interface CaseRun {
  readonly benchmark: string
  readonly measured: BenchCase
  /** Where stores are kept while the benchmark runs. */
  readonly folder: string
  readonly quick: boolean
  /** Where a CPU profile goes. */
  readonly profileFolder?: string
}

const childFlags = [
  '--conditions=dure-source',
  '--disable-warning=ExperimentalWarning',
  '--expose-gc',
]

/** Runs a case once, in a process of its own. */
export async function runCase(run: CaseRun): Promise<Repetition> {
  const { benchmark, measured, quick, profileFolder } = run
  const folder = join(run.folder, measured.keeps ?? 'fresh')
  if (measured.keeps === undefined) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const profiling = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []
  const child = fork(
    join(import.meta.dirname, 'child.ts'),
    [benchmark, measured.name, folder, quick ? 'quick' : 'full'],
    { execArgv: [...childFlags, ...profiling] },
  )
  let repetition: Repetition | undefined
  child.on('message', (message) => {
    // Why the cast: only `child.ts` speaks here.
    repetition = message as Repetition
  })
  await new Promise((resolve) => child.on('exit', resolve))
  assert.ok(repetition, `"${measured.name}" of "${benchmark}" ended without a result`)
  return repetition
}
