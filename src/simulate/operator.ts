// Who looks after a system while it runs: asks whether it is idle, and hands parked messages on again.
import { DureError, messageOf } from '../language/errors.ts'
import type { Commit } from '../log/store.port.ts'
import type { IdleReport, RunningSystem } from '../runtime/running-system.port.ts'
import { timeDefaults } from './bounds.ts'
import type { Court } from './invariants/court.ts'
import type { Scenario } from './scenario.ts'
import type { Chance } from './world/chance.ts'
import type { SimulatedProcess } from './world/process.ts'
import type { Surroundings } from './world/surroundings.ts'

export interface OperatorOptions {
  readonly core: Surroundings
  readonly scenario: Scenario
  readonly processes: readonly SimulatedProcess[]
  /** Commits of the world so far. */
  readonly commits: () => number
  readonly court: Court
}

export interface Operator {
  /** Puts the visits of a world on the schedule, and looks over its shoulder from now on. */
  begin(): void
  /** Something was committed: now and then it is asked just then whether the system is idle, or what it parked is redriven. */
  committed(commit: Commit): void
  /** Asks every process when nothing is left to do. */
  askAtRest(): void
  /** Tells of what was asked then and not answered. */
  judgeAnswers(): void
}

/** Share of the commits after which it is asked. */
const askedShare = 0.01
/** Share of the commits after which a saga is cancelled, where that may be. */
const cancelledShare = 0.03
/** Share of the commits that park something after which it is soon redriven, and how soon at most, in milliseconds. */
const redrivenShare = 0.2
const soonMs = 5_000
/** How often that is done in a world, at most. */
const redrivesMax = 6
/** Open sagas of which one is picked. */
const openLookedAt = 20
/** Visits while things fail, and after that, at most. */
const visitsMax = 3
/** Longest after the last fault that somebody comes once more, in milliseconds. */
const lateMs = 600_000

/** Employs the operator of a world. */
export function createOperator(options: OperatorOptions): Operator {
  return new WorldOperator(options)
}

class WorldOperator implements Operator {
  readonly #options: OperatorOptions
  readonly #unanswered = new Set<string>()
  readonly #chance: Chance
  #isHere = false
  #redrives = 0

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#chance = options.core.chances.of('operator')
  }

  begin(): void {
    const { core, scenario } = this.#options
    const { faultsMs = timeDefaults.faultsMs } = scenario
    const { scheduler } = core
    const chance = this.#chance
    this.#isHere = true
    const startMs = scheduler.nowMs
    const early = Array.from({ length: chance.between(0, visitsMax) }, () => chance.next())
    const late = Array.from({ length: chance.between(0, visitsMax) }, () => chance.next())
    const visits = [
      ...early.map((share) => share * faultsMs),
      ...late.map((share) => faultsMs + share * lateMs),
    ]
    for (const afterMs of visits) {
      const run = (): void => this.#visit()
      scheduler.at({ dueMs: startMs + afterMs, label: 'the operator comes', run })
    }
  }

  committed(commit: Commit): void {
    this.#cancelNowAndThen()
    if (commit.park) this.#redriveSoon()
    if (!this.#isHere || !this.#chance.happens(askedShare)) return
    const { processes, core } = this.#options
    const process = this.#chance.pick(processes)
    const run = (): void => void (process && this.#ask(process))
    core.scheduler.soon({ label: 'the operator looks', run })
  }

  #cancelNowAndThen(): void {
    const { processes, core, scenario } = this.#options
    if (!this.#isHere || !scenario.mayCancel || !this.#chance.happens(cancelledShare)) return
    const process = this.#chance.pick(processes)
    const run = (): void => void (process && this.#cancel(process))
    core.scheduler.soon({ label: 'the operator cancels', run })
  }

  /** Trap: by one process of several that may know of the parked message, while more of its key may be on the way. */
  #redriveSoon(): void {
    const { processes, core, scenario } = this.#options
    const chance = core.chances.of('operator redrives')
    if (!this.#isHere || !scenario.mayPark || !chance.happens(redrivenShare)) return
    // What is parked again on being redriven would bring the operator back for ever.
    this.#redrives += 1
    if (this.#redrives > redrivesMax) return
    const process = chance.pick(processes)
    const run = (): void => void (process && this.#redrive(process))
    const dueMs = core.scheduler.nowMs + soonMs * core.calm * chance.next()
    core.scheduler.at({ dueMs, label: 'the operator redrives', run })
  }

  askAtRest(): void {
    const { scheduler } = this.#options.core
    const run = (): void => {
      for (const process of this.#options.processes) void this.#ask(process, true)
    }
    scheduler.at({ dueMs: scheduler.nowMs, label: 'the operator asks', run })
  }

  judgeAnswers(): void {
    for (const name of this.#unanswered)
      this.#options.court.violate('answers', `${name} never said whether it is idle.`)
  }

  #visit(): void {
    const { scenario, processes } = this.#options
    const asked = this.#chance.pick(processes)
    if (asked) void this.#ask(asked)
    if (!scenario.mayPark) return
    for (const process of processes) void this.#redrive(process)
  }

  /** Trap: a process that stands still takes no calls. */
  #reach({ running, life }: SimulatedProcess): RunningSystem | undefined {
    return life.pausedUntilMs > this.#options.core.scheduler.nowMs ? undefined : running
  }

  /** What is said counts when nothing was committed meanwhile. */
  async #ask(process: SimulatedProcess, isAtRest = false): Promise<void> {
    const running = this.#reach(process)
    if (!running) return
    const { commits, court } = this.#options
    const { name, services } = process
    const commitsBefore = commits()
    const askedMs = this.#clockOf(process)
    if (isAtRest) this.#unanswered.add(name)
    const said = await askIdle(running)
    this.#unanswered.delete(name)
    if (!said || commits() !== commitsBefore || process.running !== running) return
    const clockMs = Math.min(askedMs, this.#clockOf(process))
    const report = JSON.stringify(said.services)
    court.told({ process: name, services, isIdle: said.idle, report, clockMs, isAtRest })
  }

  #clockOf({ life }: SimulatedProcess): number {
    return Math.floor(this.#options.core.scheduler.nowMs + life.skewMs)
  }

  /** What is refused was too late: it had ended, or sent its pivot. */
  async #cancel(process: SimulatedProcess): Promise<void> {
    const { story } = this.#options.core
    const running = this.#reach(process)
    if (!running) return
    const { name } = process
    try {
      const { instances } = await running.sagas({ status: 'open', limit: openLookedAt })
      const open = this.#chance.pick(instances)
      if (!open) return
      const { saga, key, by } = open
      const text = `cancel ${saga} ${key}`
      story.tell({ kind: 'call', from: 'operator', to: by, text })
      const said = await cancelOne(running, { saga, key })
      story.tell({ kind: 'answer', from: name, to: 'operator', text: `${text}: ${said}` })
    } catch {
      // The instances cannot be listed now.
    }
  }

  async #redrive(process: SimulatedProcess): Promise<void> {
    const { story } = this.#options.core
    const running = this.#reach(process)
    if (!running) return
    const { name } = process
    try {
      for (const { id, type, service } of await running.parked()) {
        story.tell({
          kind: 'call',
          from: 'operator',
          to: service,
          text: `redrive ${type}`,
          detail: id,
        })
        const text = await redriveOne(running, id)
        story.tell({ kind: 'answer', from: name, to: 'operator', text: `redrive ${type}: ${text}` })
      }
    } catch {
      // What is parked cannot be listed now: somebody comes again.
    }
  }
}

/** Undefined when nobody can say, as the store does not answer. */
async function askIdle(running: RunningSystem): Promise<IdleReport | undefined> {
  try {
    return await running.idle()
  } catch {
    return undefined
  }
}

async function redriveOne(running: RunningSystem, id: string): Promise<string> {
  try {
    const { handled, reason = '' } = await running.redrive(id)
    return handled ? 'ok' : `parked again (${reason})`
  } catch (error) {
    return error instanceof DureError ? error.code : messageOf(error)
  }
}

async function cancelOne(
  running: RunningSystem,
  instance: { readonly saga: string; readonly key: string },
): Promise<string> {
  try {
    const { status } = await running.intervene({ ...instance, act: 'cancel', reason: 'simulated' })
    return status
  } catch (error) {
    return error instanceof DureError ? error.code : messageOf(error)
  }
}
