import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bar, BenchCase, Benchmark, Measure, Sample } from './benchmark.ts'
import { median } from './statistics.ts'
import { type Repetition, runCase } from './run-case.ts'

export interface BenchmarkRun {
  readonly quick: boolean
  readonly repetitions: number
  /** Only cases whose name holds this text, and those that fill what others measure. */
  readonly only: string
  /** Where results go; stores of a run lie there too, for the disk that counts is the one that is there. */
  readonly resultsFolder: string
  readonly profileFolder?: string
  readonly onProgress: (text: string) => unknown
}

export interface BarResult extends Bar {
  /** Median of the ratios of neighbouring repetitions, or of the numbers when there is nothing to compare with. */
  readonly found: number
  readonly holds: boolean
}

export interface CaseResult {
  readonly name: string
  readonly unit: string
  readonly samples: readonly Sample[]
  readonly foreignCores: number | undefined
  readonly bars: readonly BarResult[]
}

type Repetitions = ReadonlyMap<string, readonly Repetition[]>

/** Measures the cases of a benchmark in turns. */
export async function runBenchmark(
  benchmark: Benchmark,
  run: BenchmarkRun,
): Promise<readonly CaseResult[]> {
  const folder = mkdtempSync(join(run.resultsFolder, 'stores-'))
  try {
    const found = await measureInTurns(benchmark, run, folder)
    return benchmark.cases
      .filter(({ name }) => found.has(name))
      .map((measured) => resultOf(measured, found))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureInTurns(
  benchmark: Benchmark,
  run: BenchmarkRun,
  folder: string,
): Promise<Repetitions> {
  const found = new Map<string, Repetition[]>()
  for (let turn = 1; turn <= run.repetitions; turn += 1) {
    for (const measured of benchmark.cases) {
      if (measured.once ? turn > 1 : !measured.name.includes(run.only)) continue
      run.onProgress(`${benchmark.name} ${turn}/${run.repetitions}: ${measured.name}`)
      const { quick, profileFolder } = run
      const isProfiled = profileFolder !== undefined && turn === run.repetitions
      const repetition = await runCase({
        benchmark: benchmark.name,
        measured,
        folder,
        quick,
        ...(isProfiled ? { profileFolder: join(profileFolder, slugOf(measured.name)) } : {}),
      })
      found.set(measured.name, [...(found.get(measured.name) ?? []), repetition])
    }
  }
  return found
}

/** A case's name as a folder is called. */
export function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}

function resultOf({ name, unit, bars = [] }: BenchCase, found: Repetitions): CaseResult {
  const repetitions = found.get(name) ?? []
  const foreign = repetitions.flatMap(({ foreignCores }) => foreignCores ?? [])
  return {
    name,
    unit,
    samples: repetitions.map(({ sample }) => sample),
    foreignCores: foreign.length > 0 ? median(foreign) : undefined,
    bars: bars
      .filter(({ against }) => against === undefined || found.has(against))
      .map((bar) => judge(name, bar, found)),
  }
}

function judge(name: string, bar: Bar, found: Repetitions): BarResult {
  const own = numbersOf(name, bar.measure, found)
  const others = bar.against === undefined ? [] : numbersOf(bar.against, bar.measure, found)
  const ratio = (number: number, turn: number): number =>
    bar.against === undefined ? number : number / (others[turn] ?? others[0] ?? Number.NaN)
  const value = median(own.map(ratio))
  const holds = value >= (bar.atLeast ?? -Infinity) && value <= (bar.atMost ?? Infinity)
  return { ...bar, found: value, holds }
}

function numbersOf(name: string, measure: Measure, found: Repetitions): readonly number[] {
  return (found.get(name) ?? []).map(({ sample }) => sample[measure] ?? Number.NaN)
}
