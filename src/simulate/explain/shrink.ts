// Makes the smallest world that still breaks the same invariant: first another and simpler surrounding is tried, then
// faults and actions are taken away, and all of that again until nothing more can go.
import { assertThat, DureError } from '../../language/errors.ts'
import type { Sabotage } from '../world/process.ts'
import type { WorldCase, WorldOptions, WorldResult } from '../world/world-result.ts'
import { runWorld } from '../world/world.ts'
import { loadDefaults } from '../world/load.ts'
import { minimize } from './delta-debugging.ts'
import { moveFaults } from './move-faults.ts'

export interface ShrinkOptions
  extends Omit<WorldOptions, 'world' | 'isTold' | 'untilStep' | 'sabotage'> {
  /** Makes the bug of a test, for each world anew. */
  readonly sabotage?: () => Sabotage
  /** What has violated an invariant in the same scenario, by the same judges. */
  readonly violated: WorldResult
  /** Asked before each run; `true` ends it with what was reached. For a deadline, or somebody who has seen enough. */
  readonly isOver?: () => boolean
  /** Told after each run. */
  readonly onProgress?: (progress: ShrinkProgress) => void
  readonly limits?: Partial<ShrinkLimits>
}

export interface ShrinkLimits {
  /** Worlds that are run. */
  readonly runsMax: number
  /** Steps of all these worlds together. */
  readonly stepsMax: number
}

export const shrinkLimits: ShrinkLimits = { runsMax: 600, stepsMax: 1_500_000 }

export interface ShrinkProgress {
  readonly runs: number
  readonly steps: number
  /** The smallest so far. */
  readonly size: WorldSize
}

/** What there is in a world. */
export interface WorldSize {
  readonly actions: number
  readonly faults: number
  readonly processes: number
  readonly services: number
  readonly partitions: number
}

export interface Shrunk {
  /** The invariant that is violated by both. */
  readonly invariant: string
  /** The smallest world that was found, run once more and told. */
  readonly result: WorldResult
  readonly before: WorldSize
  readonly after: WorldSize
  readonly runs: number
  readonly steps: number
  /** Whether no single thing can be taken away any more; `false` when that was not found out in time. */
  readonly isMinimal: boolean
}

/**
 * Takes away from a world whatever the first invariant that it violates does not need.
 *
 * The same code and world give the same result, as long as nobody ends it early. What is found violates the same
 * invariant, which is not to say that it does so for the same reason.
 *
 * @throws `SIMULATE_UNSTEADY` when what was found is not found again.
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk> {
  const { violated } = options
  const [violation] = violated.violations
  assertThat(violation !== undefined, 'Only a world that violates an invariant can shrink.')
  const shrinker = new Shrinker(options, violation.invariant)
  const isMinimal = await shrinker.shrink()
  const { best } = shrinker
  const result = await shrinker.run(best.world, { isTold: true })
  if (!isViolated(result, violation.invariant)) throw unsteady(best)
  const { runs, steps } = shrinker
  return {
    invariant: violation.invariant,
    result,
    before: sizeOf(violated, countActions(options, violated.world)),
    after: sizeOf(result, countActions(options, result.world)),
    runs,
    steps,
    isMinimal,
  }
}

function isViolated({ violations }: WorldResult, name: string): boolean {
  return violations.some(({ invariant }) => invariant === name)
}

function unsteady({ world }: WorldResult): DureError {
  return new DureError(
    'SIMULATE_UNSTEADY',
    `A world of seed ${world.seed} was not the same when it was run again: something in the system remembers earlier worlds, or decides by chance.`,
    { details: { seed: world.seed } },
  )
}

function countActions({ scenario }: ShrinkOptions, { actions }: WorldCase): number {
  return actions?.length ?? scenario.count ?? loadDefaults.count
}

function sizeOf({ shape, struck }: WorldResult, actions: number): WorldSize {
  const services = new Set(shape.processes.flatMap((process) => process.services))
  return {
    actions,
    faults: struck.length,
    processes: shape.processes.length,
    services: services.size,
    partitions: shape.partitions,
  }
}

/** How often everything is tried again, as long as that helps. */
const roundsMax = 5

class Shrinker {
  best: WorldResult
  runs = 0
  steps = 0
  readonly #options: ShrinkOptions
  readonly #limits: ShrinkLimits
  readonly #invariant: string
  readonly #tried = new Set<string>()

  constructor(options: ShrinkOptions, invariant: string) {
    this.#options = options
    this.#limits = { ...shrinkLimits, ...options.limits }
    this.#invariant = invariant
    this.best = options.violated
  }

  get #isOver(): boolean {
    const { runsMax, stepsMax } = this.#limits
    return this.runs >= runsMax || this.steps >= stepsMax || this.#options.isOver?.() === true
  }

  /** Whether it came to its end by itself. */
  async shrink(): Promise<boolean> {
    if (this.best.steps > stepsMany) await this.#takeMostActions()
    for (let round = 0; round < roundsMax; round += 1) {
      const before = this.best
      await this.#simplify(round === 0)
      await this.#takeFaults()
      await this.#takeActions((actions) => this.#tryWith({ actions }))
      await this.#takeActions((actions) => this.#tryEarlier({ actions }))
      await this.#takeServices()
      if (this.#isOver) return false
      if (this.best === before) return true
    }
    return false
  }

  /** Where each run takes long, the shortest are tried first. */
  async #takeMostActions(): Promise<void> {
    for (const number of this.#actions()) {
      if (await this.#tryWith({ actions: [number] })) return
    }
  }

  #actions(): readonly number[] {
    const { count = loadDefaults.count } = this.#options.scenario
    return this.best.world.actions ?? Array.from({ length: count }, (_, number) => number)
  }

  /** Puts the same case into simpler surroundings. At first all faults of those may strike that the seed draws there. */
  async #simplify(isFirst: boolean): Promise<void> {
    await this.#try({ ...this.best.world, faults: [] })
    for (const changes of simplifications) {
      for (const change of changes(this.best)) {
        if (await this.#tryWith(change)) break
        const { world } = this.best
        const { faults: _faults, ...all } = { ...world, ...change }
        if (isFirst && (await this.#try(all))) break
        if (!isFirst && (await this.#tryEarlier(change))) break
      }
    }
  }

  async #takeFaults(): Promise<void> {
    await minimize(idsOf(this.best), async (faults) => {
      const isViolated = await this.#try({ ...this.best.world, faults })
      return isViolated ? idsOf(this.best) : undefined
    })
  }

  async #takeActions(attempt: (actions: readonly number[]) => Promise<boolean>): Promise<void> {
    const all = this.#actions()
    if (all.length < 2) return
    await minimize(all, async (actions) => ((await attempt(actions)) ? actions : undefined))
  }

  /** The same faults where something else is changed. */
  #tryWith(change: Change, faults = this.best.struck): Promise<boolean> {
    const { world, shape } = this.best
    return this.#try({ ...world, ...change, faults: moveFaults(faults, shape, change) })
  }

  /**
   * Where something is changed, the occasion at which a fault has to strike may be an earlier one: all up to it are
   * tried at once, and those that were not needed are taken away.
   */
  async #tryEarlier(change: Change): Promise<boolean> {
    const before = this.best
    if (!(await this.#tryWith(change, before.struck.flatMap(withEarlier)))) return false
    await this.#takeFaults()
    if (this.best.struck.length <= before.struck.length) return true
    this.best = before
    return false
  }

  /** Takes away the services that have done nothing: others would be missed, and that would be another story. */
  async #takeServices(): Promise<void> {
    if (this.#isOver || restNames.has(this.#invariant)) return
    const told = await this.run(this.best.world, { isTold: true })
    const running = told.shape.processes.flatMap(({ services }) => services)
    const busy = new Set(told.happenings.flatMap(servicesIn))
    const kept = running.filter((service) => busy.has(service))
    if (kept.length < running.length) await this.#try({ ...this.best.world, services: kept })
  }

  /** Runs a case, and keeps it when the invariant is violated. Nothing is tried twice. */
  async #try(world: WorldCase): Promise<boolean> {
    const name = JSON.stringify(world)
    if (this.#isOver || this.#tried.has(name)) return false
    this.#tried.add(name)
    const untilStep = Math.max(stepsLeast, stepsFactor * this.best.steps)
    const result = await this.run(world, { untilStep })
    const isKept = isViolated(result, this.#invariant)
    if (isKept) this.best = { ...result, world: { ...world, faults: idsOf(result) } }
    this.#tried.add(JSON.stringify(this.best.world))
    this.#options.onProgress?.({
      runs: this.runs,
      steps: this.steps,
      size: sizeOf(this.best, countActions(this.#options, this.best.world)),
    })
    return isKept
  }

  async run(
    world: WorldCase,
    how: Pick<WorldOptions, 'isTold' | 'untilStep'>,
  ): Promise<WorldResult> {
    const { scenario, settle, judges, trap, sabotage } = this.#options
    const bug = sabotage ? { sabotage: sabotage() } : {}
    const result = await runWorld({ scenario, settle, judges, trap, world, ...how, ...bug })
    this.runs += 1
    this.steps += result.steps
    return result
  }
}

/** What goes on for so much longer than the smallest world so far is given up: it is not a smaller one. */
const stepsFactor = 4
const stepsLeast = 5_000
/** Steps of a world that goes round in circles, or nearly. */
const stepsMany = 20_000

/** Invariants that a service that is not there breaks by itself. */
const restNames: ReadonlySet<string> = new Set(['comes to rest', 'answers'])

function idsOf({ struck }: WorldResult): readonly string[] {
  return struck.map(({ id }) => id)
}

function servicesIn({ kind, from, to, text }: WorldResult['happenings'][number]): string[] {
  if (kind === 'call' || kind === 'commit') return to === undefined ? [] : [to]
  return kind === 'report' ? [text.split(':')[0] ?? from] : []
}

/** Occasions before that of a fault that are tried instead of it. */
const earlierMax = 64

type Fault = WorldResult['struck'][number]

function withEarlier(fault: Fault): readonly Fault[] {
  const [site = '', number = '1'] = fault.id.split(' # ')
  const count = Math.min(Number(number), earlierMax)
  const earlier = Array.from({ length: count }, (_, index) => `${site} # ${index + 1}`)
  return [...earlier, fault.id].map((id) => ({ ...fault, id }))
}

type Change = Partial<WorldCase>

/** Simpler surroundings, the simplest first of each kind. */
const simplifications: readonly ((result: WorldResult) => readonly Change[])[] = [
  ({ shape, world }) => {
    if (world.shape || shape.name === 'one process') return []
    const one: Change = { shape: 'one process' }
    return shape.name === 'processes' ? [one] : [one, { shape: 'processes' }]
  },
  ({ shape }) => (shape.partitions === 1 ? [] : [{ partitions: 1 }]),
  ({ world }) => (world.operator === false ? [] : [{ operator: false }]),
  ({ world }) => (world.clients === 1 ? [] : [{ clients: 1 }]),
  ({ world, strengths }) =>
    world.skew === false || !strengths['clock jumps'] ? [] : [{ skew: false }],
  ({ world }) => [0.1, 0.5].filter((calm) => calm < (world.calm ?? 1)).map((calm) => ({ calm })),
]
