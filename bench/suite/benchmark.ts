/** What one run of a case gave. */
export interface Sample {
  /** In the unit of the case. */
  readonly value: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** Further numbers that are worth a look, by name. */
  readonly facts?: Readonly<Record<string, number>>
}

/** Which number of a sample is compared. */
export type Measure = 'value' | 'p50Ms' | 'p99Ms'

/** A comparison with another case of the same run, or (without `against`) with a limit. */
export interface Bar {
  readonly measure: Measure
  readonly against?: string
  /** Without limits the ratio is only told. */
  readonly atLeast?: number
  readonly atMost?: number
}

export interface RunScope {
  /** A folder for the stores of the run, on the disk of the results. */
  readonly folder: string
  readonly quick: boolean
}

/** One measured case. Each repetition runs in a process of its own. */
export interface BenchCase {
  readonly name: string
  readonly unit: string
  /** Bars that the medians are held to. */
  readonly bars?: readonly Bar[]
  /** The name of a folder that the cases of the benchmark share and that is kept between repetitions. */
  readonly keeps?: string
  /** Fills what others measure: run in the first repetition only. */
  readonly once?: boolean
  run(scope: RunScope): Promise<Sample>
}

/** Cases that are measured in turns, so that they share the noise of the machine. */
export interface Benchmark {
  readonly name: string
  readonly cases: readonly BenchCase[]
}
