// What begins at a time and ends at another: carried out on the world.
import type { EpisodeFaultName } from '../faults/catalogue.ts'
import type { Episode, FaultPlan } from '../faults/plan.ts'
import type { SimulatedBroker } from './broker.ts'
import type { Cuts, Line } from './surroundings.ts'
import type { Ledger } from './ledger.ts'
import type { SimulatedProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** The farthest that a clock is set, in milliseconds. */
const jumpMsMax = 600_000

export interface EpisodesOptions {
  readonly scheduler: Scheduler
  readonly faults: FaultPlan
  readonly ledger: Ledger
  readonly broker: SimulatedBroker | undefined
  readonly processes: readonly SimulatedProcess[]
  readonly cuts: OpenCuts
}

/** Cuts that can be made. */
export interface OpenCuts extends Cuts {
  cut(process: string, lines: readonly Line[], untilMs: number): void
  /** Makes every line whole again. */
  heal(): void
}

export function createCuts(scheduler: Pick<Scheduler, 'nowMs'>): OpenCuts {
  const ends = new Map<string, number>()
  return {
    until(process, line) {
      if (ends.size === 0) return 0
      const untilMs = ends.get(`${process} ${line}`) ?? 0
      return untilMs > scheduler.nowMs ? untilMs : 0
    },
    cut(process, lines, untilMs) {
      for (const line of lines) ends.set(`${process} ${line}`, untilMs)
    },
    heal: () => ends.clear(),
  }
}

/** Puts all episodes of the plan on the schedule. */
export function scheduleEpisodes(options: EpisodesOptions): void {
  const { scheduler, faults } = options
  const startMs = scheduler.nowMs
  for (const episode of faults.episodes) {
    const run = (): void => {
      if (faults.begins(episode)) begin(options, episode)
    }
    scheduler.at({ dueMs: startMs + episode.afterMs, label: episode.id, run })
  }
}

/** What each kind does to the world, until a time. */
const effects: Readonly<Record<EpisodeFaultName, (hit: Hit) => void>> = {
  crash: ({ process, episode }) => process?.crash('at any time', episode.lastsMs),
  pause: ({ process, untilMs }) => process?.pause(untilMs),
  'clock jumps': ({ process, episode }) =>
    process?.setClock((episode.strength * 2 - 1) * jumpMsMax),
  isolated: (hit) => cut(hit, ['to broker', 'from broker', 'to store']),
  'cut from broker': (hit) => cut(hit, ['to broker', 'from broker']),
  'deaf to broker': (hit) => cut(hit, ['from broker']),
  'cut from store': (hit) => cut(hit, ['to store']),
  'store read-only': ({ options, episode, untilMs }) => {
    options.ledger.of(episode.place).readOnlyUntilMs = untilMs
  },
  'store crawls': ({ options, episode, untilMs }) => {
    options.ledger.of(episode.place).crawlsUntilMs = untilMs
  },
  'tail lost': ({ options, episode }) => options.broker?.loseTail(episode.place, episode.strength),
  'topic lost': ({ options, episode }) => options.broker?.loseTopics(episode.place),
  'consumer forgotten': ({ options, episode }) => options.broker?.forgetConsumers(episode.place),
}

interface Hit {
  readonly options: EpisodesOptions
  readonly episode: Episode
  readonly process: SimulatedProcess | undefined
  readonly untilMs: number
}

function cut({ options, episode, untilMs }: Hit, lines: readonly Line[]): void {
  options.cuts.cut(episode.place, lines, untilMs)
}

function begin(options: EpisodesOptions, episode: Episode): void {
  const process = options.processes.find(({ name }) => name === episode.place)
  const untilMs = options.scheduler.nowMs + episode.lastsMs
  effects[episode.kind]({ options, episode, process, untilMs })
}
