// A search over many worlds on all cores: threads are given stretches of worlds, and what they saw is added up.
import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { type NodeWorker, startWorker } from '../../adapters/node/worker.ts'
import { messageOf } from '../../language/errors.ts'
import { isEnough, type NumberedWorld } from '../../simulate/search/batch.ts'
import type { Corpus } from '../../simulate/search/corpus.ts'
import { addTallies, type BatchTally, emptyTally } from '../../simulate/search/tally.ts'
import { nameCase } from '../../simulate/search/world-case.ts'
import type { WorkerAnswer, WorkerSetup } from './simulation-worker.ts'

export interface SearchOptions extends Omit<WorkerSetup, 'stop' | 'pulse' | 'learns'> {
  readonly worlds: Iterator<NumberedWorld>
  readonly workers: number
  readonly corpus: Corpus | undefined
  readonly onProgress: (tally: BatchTally) => void
  /** How long what runs may take to end once the search is stopped, in milliseconds; 10,000 by default. */
  readonly graceMs?: number
  /** How long one world may take on this machine before its thread is given up, in milliseconds; 120,000 by default. */
  readonly silenceMs?: number
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
/** Why so long: a world has a bound on its steps, and takes seconds; only a loop that asks the world for nothing takes for ever. */
const silenceDefaultMs = 120_000
export const workersDefault = availableParallelism()
export const workersMax = 256

/** Who gives up a thread that is silent. */
interface Watchdog {
  /** The thread has done something. */
  feed(): void
  end(): void
  /** How many worlds of its order the thread had ended when it was given up; undefined when it was not. */
  readonly gaveUpAt: number | undefined
}

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
    const pulse = new Int32Array(new SharedArrayBuffer(4))
    const learns = corpus !== undefined
    const setup = { path, scenario, faults, stop: this.#stop, pulse, learns }
    let stretch = this.#next()
    if (stretch.length === 0) return
    const thread: Thread = startWorker(workerFile(), setup satisfies WorkerSetup)
    this.#threads.add(thread)
    const watchdog = this.#watch(thread, pulse)
    try {
      for (; stretch.length > 0; stretch = this.#next()) {
        this.#take(await thread.do(stretch))
        watchdog.feed()
      }
    } catch (error) {
      this.#lost.push(this.#describeLoss(stretch, watchdog.gaveUpAt, messageOf(error)))
    } finally {
      watchdog.end()
      this.#threads.delete(thread)
      await thread.stop()
    }
  }

  /** Gives a thread up that ends no world any more: code that never gives up its thread hears of nothing. */
  #watch(thread: Thread, pulse: Int32Array): Watchdog {
    const { silenceMs = silenceDefaultMs } = this.#options
    let [last, sinceMs] = [0, performance.now()]
    let gaveUpAt: number | undefined
    const feed = (): void => void ([last, sinceMs] = [Atomics.load(pulse, 0), performance.now()])
    const look = (): void => {
      if (Atomics.load(pulse, 0) !== last) return feed()
      if (performance.now() - sinceMs < silenceMs || gaveUpAt !== undefined) return
      gaveUpAt = last
      void thread.stop()
    }
    const timer = setInterval(look, Math.min(1_000, silenceMs))
    return {
      feed,
      end: () => clearInterval(timer),
      get gaveUpAt() {
        return gaveUpAt
      },
    }
  }

  #describeLoss(
    stretch: readonly NumberedWorld[],
    gaveUpAt: number | undefined,
    reason: string,
  ): string {
    const { silenceMs = silenceDefaultMs } = this.#options
    const stuck = gaveUpAt === undefined ? undefined : stretch[gaveUpAt]
    if (stuck) {
      return `Seed ${nameCase(stuck.world)} did not end within ${silenceMs / 1_000} s, and was given up. Look for a loop that awaits nothing of the world.`
    }
    const told = this.#isGivenUp ? 'A world did not end, and was given up.' : reason
    return `${told} It was running ${describeStretch(stretch)}.`
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
