// One world: everything of a seed put together, run to its end, and judged.
import { decideMaybe } from '../../language/maybe.ts'
import type { System } from '../../language/system.ts'
import { drawFaultPlan, type FaultPlan } from '../faults/plan.ts'
import { createFacts, type FactBook, type Operation } from '../invariants/facts.ts'
import { type Court, openCourt, type Phase } from '../invariants/court.ts'
import { type Bounds, setBounds, timeDefaults } from '../bounds.ts'
import { makeSystem } from '../make-system.ts'
import { planUpgrades, type Upgrades } from '../upgrades.ts'
import { createOperator, type Operator } from '../operator.ts'
import type { Scenario, SimulatedClient } from '../scenario.ts'
import { runTwins } from '../twin.ts'
import { type SimulatedBroker, simulatedBroker } from './broker.ts'
import { type CaseChances, chancesOf } from './case-chances.ts'
import { createClient } from './client.ts'
import { idOf } from './clock.ts'
import { openStores, type WorldStores } from './world-stores.ts'
import { createStory, type Moment, type Story } from './story.ts'
import { createDelays, type Surroundings } from './surroundings.ts'
import { inWorld } from './driven.ts'
import { createCuts, type OpenCuts, scheduleEpisodes } from './episodes.ts'
import { type AppliedCommit, createLedger, isOnlyBeat, type Ledger } from './ledger.ts'
import { createActs, scheduleLoad } from './load.ts'
import { collectMarks, type WorldMarks } from './marks.ts'
import { createProcess, type SimulatedProcess } from './process.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import {
  countEntries,
  countOperations,
  type WorldOptions,
  type WorldResult,
} from './world-result.ts'
import { drawShape, withServices, type WorldShape } from './shape.ts'

/** The first of January 2026. */
const startMs = 1_767_225_600_000

/**
 * Runs a world to its end, in both systems where the scenario has a twin. Never throws for what the system does: that
 * is a violation.
 */
export async function runWorld(options: WorldOptions): Promise<WorldResult> {
  return runTwins(options, (each) => new World(each).run())
}

class World {
  readonly #options: WorldOptions
  readonly #scenario: Scenario
  readonly #chances: CaseChances
  readonly #scheduler: Scheduler
  readonly #shape: WorldShape
  readonly #system: System
  readonly #upgrades: Upgrades
  readonly #faults: FaultPlan
  readonly #ledger: Ledger
  readonly #facts: FactBook
  readonly #court: Court
  readonly #bounds: Bounds
  readonly #operator: Operator
  readonly #core: Surroundings
  readonly #cuts: OpenCuts
  readonly #broker: SimulatedBroker | undefined
  readonly #processes: SimulatedProcess[] = []
  readonly #history: Operation[] = []
  readonly #story: Story
  readonly #marks: WorldMarks
  readonly #acts = createActs((name, text) => this.#court.violate(`client: ${name}`, text))
  #numbers = 0
  #commits = 0
  #phase: Phase = 'prepare'

  constructor(options: WorldOptions) {
    const { scenario, world, settle } = options
    this.#options = options
    this.#scenario = scenario
    this.#chances = chancesOf(world)
    const { schedule } = this.#chances
    this.#scheduler = createScheduler({ startMs, chance: schedule.of('order'), settle })
    this.#story = createStory(options.isTold ?? false, () => this.#moment())
    const system = makeSystem(scenario, world.seed)
    const services = system.services.map(({ name }) => name)
    this.#shape = drawShape(schedule, services, world)
    this.#faults = this.#drawFaults(services)
    this.#ledger = createLedger({
      partitions: this.#shape.partitions,
      onApplied: (applied) => this.#applied(applied),
      onRecorded: (applied) => this.#recorded(applied),
    })
    this.#marks = collectMarks({ system, ledger: this.#ledger, ...this.#shape }, this.#scheduler)
    this.#cuts = createCuts(this.#scheduler)
    this.#core = this.#createCore()
    this.#system = inWorld(system, this.#core)
    this.#upgrades = planUpgrades(scenario, world.seed, this.#core)
    this.#broker = this.#shape.hasBroker ? simulatedBroker(this.#core) : undefined
    this.#facts = createFacts({
      system: this.#system,
      ledger: this.#ledger,
      history: this.#history,
      nowMs: () => Math.floor(this.#scheduler.nowMs),
      starts: () => this.#processes.reduce((sum, { lives }) => sum + lives, 0),
      isQuiet: () => this.#phase === 'quiet',
      onAsked: () => this.#scheduler.ask('A fact'),
    })
    this.#court = this.#openCourt()
    this.#bounds = setBounds({ scenario, world, scheduler: this.#scheduler })
    this.#operator = createOperator({
      core: this.#core,
      scenario,
      processes: this.#processes,
      commits: () => this.#commits,
      court: this.#court,
    })
  }

  async run(): Promise<WorldResult> {
    using _deciding = decideMaybe((name, share) => this.#faults.strikes('maybe', name, share))
    using _watching = this.#options.trap?.watch(({ message }) =>
      this.#court.violate('nothing ambient', message),
    )
    const services = this.#system.services.map(({ name }) => name)
    const newId = (): string => idOf(startMs, this.#nextNumber(), 0)
    this.#startProcesses(await openStores(services, { ...this.#shape, newId }))
    void this.#prepare()
    const end = await this.#scheduler.run(() => this.#isOver())
    if (end === 'idle') await this.#judgeAtRest()
    return this.#result(end)
  }

  async #judgeAtRest(): Promise<void> {
    this.#court.atRest()
    if (this.#court.violations.length === 0) this.#acts.judgeAtRest()
    if (this.#court.violations.length > 0) return
    this.#operator.askAtRest()
    await this.#scheduler.run(() => this.#isOver())
    this.#operator.judgeAnswers()
  }

  #openCourt(): Court {
    const { invariants = [], mayPark = false } = this.#scenario
    const context = {
      ...this.#shape,
      system: this.#system,
      ledger: this.#ledger,
      facts: this.#facts,
      mayPark,
    }
    return openCourt({
      judges: this.#options.judges.map((make) => make(context)),
      invariants,
      facts: this.#facts,
      phase: () => this.#phase,
      moment: () => this.#moment(),
      onViolation: ({ invariant, text }) =>
        this.#story.tell({ kind: 'violation', from: 'world', text: `${invariant}: ${text}` }),
    })
  }

  #drawFaults(services: readonly string[]): FaultPlan {
    const { world } = this.#options
    const { faultsMs = timeDefaults.faultsMs, faults: kinds } = this.#scenario
    return drawFaultPlan({
      chances: this.#chances.faults,
      services,
      processes: this.#shape.processes.map(({ name }) => name),
      durationMs: faultsMs,
      kinds,
      calm: world.calm ?? 1,
      only: world.faults && new Set(world.faults),
      onOccasion: this.#options.onOccasion,
      onStrike: (fault) => {
        this.#marks.struck(fault)
        this.#story.tellOfFault(fault)
      },
    })
  }

  #createCore(): Surroundings {
    const { calm = 1, skew = true } = this.#options.world
    return {
      calm,
      hasSkew: skew,
      scheduler: this.#scheduler,
      chances: this.#chances.schedule,
      delay: createDelays(this.#chances.schedule, calm),
      faults: this.#faults,
      ledger: this.#ledger,
      cuts: this.#cuts,
      story: this.#story,
      nextNumber: () => this.#nextNumber(),
      observe: { published: (batch) => this.#court.published(batch) },
    }
  }

  #startProcesses({ stores, remote }: WorldStores): void {
    const { processes } = withServices(this.#shape, this.#options.world.services)
    for (const each of processes) {
      const process = createProcess({
        ...this.#shape,
        ...each,
        core: this.#core,
        system: this.#system,
        former: this.#upgrades.former,
        stores,
        broker: this.#broker,
        remote,
        sabotage: this.#options.sabotage ?? {},
        report: (text) => this.#story.tell({ kind: 'report', from: each.name, text }),
      })
      this.#processes.push(process)
    }
  }

  async #prepare(): Promise<void> {
    const { prepare } = this.#scenario
    await Promise.all(this.#processes.map((process) => process.start()))
    await this.#acts.run('prepare', async () => prepare?.(this.#client('operator', 'prepare')))
    this.#scheduler.at({
      dueMs: this.#scheduler.nowMs,
      label: 'prepared',
      run: () => this.#begin(),
    })
  }

  #begin(): void {
    this.#phase = 'faults'
    this.#faults.begin()
    const { faultsMs = timeDefaults.faultsMs } = this.#scenario
    scheduleEpisodes({
      ...this.#core,
      broker: this.#broker,
      processes: this.#processes,
      cuts: this.#cuts,
    })
    this.#upgrades.begin(this.#processes, faultsMs)
    scheduleLoad({
      scenario: this.#scenario,
      scheduler: this.#scheduler,
      chances: this.#chances.load,
      durationMs: faultsMs * 0.8,
      world: this.#options.world,
      client: (name, place, heat) => this.#client(name, place, heat),
      act: (name, work) => this.#acts.run(name, work),
    })
    if (this.#options.world.operator !== false) this.#operator.begin()
    const dueMs = this.#scheduler.nowMs + faultsMs
    this.#scheduler.at({ dueMs, label: 'faults end', run: () => this.#quieten() })
  }

  /** Nothing fails any more: what is cut becomes whole, and what is left to do has to be done. */
  #quieten(): void {
    this.#phase = 'quiet'
    this.#faults.end()
    this.#cuts.heal()
    this.#ledger.heal()
    this.#broker?.resume()
    this.#bounds.quiet()
    this.#story.tell({ kind: 'fault', from: 'world', text: 'nothing fails any more' })
  }

  #client(name: string, place: string, heat = 1): SimulatedClient {
    return createClient({
      core: this.#core,
      name,
      chance: this.#chances.load.of(`client ${place}`),
      heat,
      processes: this.#processes,
      history: this.#history,
    })
  }

  #isOver(): boolean {
    if (this.#court.violations.length > 0) return true
    const overrun = this.#bounds.overrun()
    if (overrun !== undefined) this.#court.violate('comes to rest', overrun)
    const { untilStep = Number.POSITIVE_INFINITY } = this.#options
    return overrun !== undefined || this.#scheduler.steps >= untilStep
  }

  #applied(applied: AppliedCommit): void {
    this.#commits += 1
    const { service, positions, commit } = applied
    this.#scheduler.note(service, positions)
    if (commit.id !== undefined) this.#scheduler.note(commit.id)
    this.#court.applied(applied)
  }

  #recorded(applied: AppliedCommit): void {
    this.#facts.applied(applied)
    this.#marks.applied(applied)
    this.#story.tellOfCommit(applied)
    this.#court.recorded(applied)
    this.#operator.committed(applied.commit)
    if (!isOnlyBeat(applied.commit)) this.#scheduler.worked()
  }

  #moment(): Moment {
    return { step: this.#scheduler.steps, atMs: this.#scheduler.nowMs - startMs }
  }

  #nextNumber(): number {
    this.#numbers += 1
    return this.#numbers
  }

  #result(end: 'idle' | 'over'): WorldResult {
    const isViolated = this.#court.violations.length > 0
    const stopped = end === 'idle' ? 'rest' : 'stopped'
    return {
      world: this.#options.world,
      shape: withServices(this.#shape, this.#options.world.services),
      end: isViolated ? 'violated' : stopped,
      violations: this.#court.violations,
      hash: (this.#scheduler.hash >>> 0).toString(16).padStart(8, '0'),
      steps: this.#scheduler.steps,
      lastedMs: this.#scheduler.nowMs - startMs,
      commits: this.#commits,
      entries: countEntries(this.#ledger),
      operations: countOperations(this.#history),
      strengths: this.#faults.strengths,
      struck: this.#faults.struck,
      reached: [...this.#court.reached],
      messages: this.#marks.messages,
      marks: [...this.#marks.gather(this.#history), ...this.#court.looked()],
      happenings: this.#story.happenings,
    }
  }
}
