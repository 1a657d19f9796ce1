// A search over many worlds on all cores: threads are given stretches of worlds, and what they saw is added up.
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { type NodeWorker, startWorker } from '../../adapters/node/worker.ts'
import { messageOf } from '../../language/errors.ts'
import { isEnough, type NumberedWorld } from '../../simulate/search/batch.ts'
import type { Corpus } from '../../simulate/search/corpus.ts'
import { addTallies, type BatchTally, emptyTally } from '../../simulate/search/tally.ts'
import type { WorkerAnswer, WorkerSetup } from './simulation-worker.ts'

export interface SearchOptions extends Omit<WorkerSetup, 'stop' | 'learns'> {
  readonly worlds: Iterator<NumberedWorld>
  readonly workers: number
  readonly corpus: Corpus | undefined
  readonly onProgress: (tally: BatchTally) => void
  /** How long what runs may take to end once the search is stopped, in milliseconds; 10,000 by default. */
  readonly graceMs?: number
}

export interface Search {
  readonly tally: BatchTally
  /** Threads that have died, and what they were running. */
  readonly lost: readonly string[]
}

export interface RunningSearch {
  /** Begins no further world; what runs is finished, or given up when it does not end. */
  readonly stop: () => void
  readonly ended: Promise<Search>
}

/** Worlds that a thread is given at once. */
const stretchMax = 8
const graceDefaultMs = 10_000
export const workersDefault = availableParallelism()
export const workersMax = 256

type Thread = NodeWorker<readonly NumberedWorld[], WorkerAnswer>

/** Starts a search. It ends when there are no more worlds, enough was found, or it is stopped. */
export function startSearch(options: SearchOptions): RunningSearch {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const search = new ThreadedSearch(options, stop)
  return {
    stop: () => search.stop(),
    ended: search.run(),
  }
}

class ThreadedSearch {
  readonly #options: SearchOptions
  readonly #stop: Int32Array
  readonly #lost: string[] = []
  readonly #threads = new Set<Thread>()
  #grace: NodeJS.Timeout | undefined
  #isGivenUp = false
  #tally = emptyTally

  constructor(options: SearchOptions, stop: Int32Array) {
    this.#options = options
    this.#stop = stop
  }

  async run(): Promise<Search> {
    const { workers } = this.#options
    await Promise.all(Array.from({ length: workers }, () => this.#runThread()))
    clearTimeout(this.#grace)
    return { tally: this.#tally, lost: this.#lost }
  }

  stop(): void {
    const { graceMs = graceDefaultMs } = this.#options
    Atomics.store(this.#stop, 0, 1)
    // Trap: code that never gives up its thread hears of nothing.
    this.#grace ??= setTimeout(() => {
      this.#isGivenUp = true
      for (const thread of this.#threads) void thread.stop()
    }, graceMs)
  }

  async #runThread(): Promise<void> {
    const { path, scenario, faults, corpus } = this.#options
    const setup = { path, scenario, faults, stop: this.#stop, learns: corpus !== undefined }
    let stretch = this.#next()
    if (stretch.length === 0) return
    const thread: Thread = startWorker(workerFile(), setup satisfies WorkerSetup)
    this.#threads.add(thread)
    try {
      for (; stretch.length > 0; stretch = this.#next()) this.#take(await thread.do(stretch))
    } catch (error) {
      const reason = this.#isGivenUp ? 'A world did not end, and was given up.' : messageOf(error)
      this.#lost.push(`${reason} It was running ${describeStretch(stretch)}.`)
    } finally {
      this.#threads.delete(thread)
      await thread.stop()
    }
  }

  #next(): readonly NumberedWorld[] {
    const { worlds } = this.#options
    const stretch: NumberedWorld[] = []
    const isDone = isEnough(this.#tally) || Atomics.load(this.#stop, 0) !== 0
    while (!isDone && stretch.length < stretchMax) {
      const next = worlds.next()
      if (next.done) break
      stretch.push(next.value)
    }
    return stretch
  }

  #take({ tally, found }: WorkerAnswer): void {
    const { corpus, onProgress } = this.#options
    this.#tally = addTallies(this.#tally, tally)
    for (const { world, marks } of found) corpus?.learn(world, marks)
    if (isEnough(this.#tally)) Atomics.store(this.#stop, 0, 1)
    onProgress(this.#tally)
  }
}

function describeStretch(stretch: readonly NumberedWorld[]): string {
  const seeds = stretch.map(({ world }) => world.seed)
  const [first] = seeds
  return seeds.length === 1 ? `seed ${first}` : `seeds ${first} to ${seeds.at(-1)}`
}

/** Lies beside this file, as TypeScript here and as JavaScript in the package. */
function workerFile(): URL {
  return new URL(`simulation-worker${extname(import.meta.filename)}`, import.meta.url)
}
