// Walks every way that one instance of a saga can take: each answer of each service, in each order, with the deadlines
// passing at each moment. Ways that meet in the same situation go on as one, so a saga of a few steps takes
// milliseconds.
import { DureError, definitionError } from '../language/errors.ts'
import type { Command, Outcome } from '../language/message.ts'
import type { Saga } from '../language/saga/saga-plan.ts'
import { advanceSaga, noticeStep, startSaga } from '../sagas/advance-saga.ts'
import { stepNode } from '../sagas/saga-nodes.ts'
import { interveneSaga, refusedSteps } from '../sagas/intervene-saga.ts'
import {
  isOpen,
  isSettled,
  type SagaAdvance,
  type SagaEffect,
  type SagaIntervention,
  type SagaOrder,
  type SagaState,
  type SagaStatus,
} from '../sagas/saga-state.ts'
import { judgeEnd, judgeUndo, type SagaDeeds } from '../sagas/judge-saga.ts'

/** A command of a saga that waits for its answer. */
export interface SentCommand {
  readonly step: string
  readonly undo: boolean
  readonly command: Command
}

/** One situation: the state of the saga, and what its services have done so far. */
interface SagaWorld extends SagaDeeds {
  readonly state?: SagaState
  /** What has happened, for people. */
  readonly trace: readonly string[]
  readonly sent: readonly string[]
  readonly pending: readonly SentCommand[]
  readonly timers: readonly string[]
}

/** Situations that are looked at, when nobody says how many, before the exploration gives up. */
export const situationsMaxUsual = 100_000

/** What carries a saga out; a test of tests hands in a broken one. */
export interface SagaEngine {
  readonly start: typeof startSaga
  readonly advance: typeof advanceSaga
}

export interface ExploreSagaOptions {
  readonly input: unknown
  /**
   * What the services may answer to a command. Without it: yes, without an output; before and at the pivot also no.
   * Undos, and steps after the pivot, are accepted.
   */
  readonly answers?: (sent: SentCommand) => readonly Outcome[]
  readonly engine?: SagaEngine
  /**
   * Whether an operator intervenes, too: cancels at each moment at which that is allowed, and settles what is parked in
   * each way there is, as often as this.
   */
  readonly interventionsMax?: number
  readonly situationsMax?: number
}

export interface SagaExploration {
  /** How many different situations there were. */
  readonly situations: number
  /** In how many of them the saga had ended, and how. */
  readonly ends: Readonly<Partial<Record<SagaStatus, number>>>
  /** Broken promises, each with a way that leads there. Empty: there are none. */
  readonly broken: readonly string[]
}

/**
 * Explores a saga exhaustively.
 *
 * Promised, and looked at in every situation: it ends, in exactly one of completed, compensated and parked; what was
 * done before a failure is undone in reverse order, once each, a late "done" included; after the pivot it only goes
 * forward; a repeated answer changes nothing.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when it has more situations than may be looked at.
 */
export function exploreSaga(saga: Saga, options: ExploreSagaOptions): SagaExploration {
  return new Exploration(saga, options).run()
}

const realEngine: SagaEngine = { start: startSaga, advance: advanceSaga }
const brokenMax = 20

class Exploration {
  readonly #saga: Saga
  readonly #engine: SagaEngine
  readonly #answers: (sent: SentCommand) => readonly Outcome[]
  readonly #input: unknown
  readonly #situationsMax: number
  readonly #interventionsMax: number
  readonly #seen = new Set<string>()
  readonly #ends: Partial<Record<SagaStatus, number>> = {}
  readonly #broken: string[] = []
  #waiting: SagaWorld[] = []

  constructor(saga: Saga, options: ExploreSagaOptions) {
    const { input, answers, engine, situationsMax } = options
    this.#interventionsMax = options.interventionsMax ?? 0
    this.#situationsMax = situationsMax ?? situationsMaxUsual
    this.#saga = saga
    this.#input = input
    this.#engine = engine ?? realEngine
    this.#answers = answers ?? ((sent): readonly Outcome[] => usualAnswers(saga, sent))
  }

  run(): SagaExploration {
    const start = { key: this.#saga.key(this.#input), input: this.#input, atMs: 0 }
    const world: SagaWorld = {
      trace: ['start'],
      sent: [],
      pending: [],
      timers: [],
      done: [],
      undone: [],
      isPivotDone: false,
      mayPark: false,
    }
    this.#enter(world, this.#engine.start(this.#saga, start))
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) this.#goOn(next)
    return { situations: this.#seen.size, ends: this.#ends, broken: this.#broken }
  }

  /** Everything that can happen next, one after the other. */
  #goOn(world: SagaWorld): void {
    const state = stateOf(world)
    this.#intervene(world, state)
    if (!isOpen(state)) this.#end(world, state)
    if (isSettled(state)) return
    if (isOpen(state) && world.pending.length + world.timers.length === 0)
      this.#report(world, 'it is stuck')
    for (const sent of world.pending) {
      for (const outcome of this.#answers(sent)) this.#reply(world, sent, outcome)
    }
    for (const step of world.timers) {
      const advance = this.#engine.advance(this.#saga, state, { kind: 'deadline', step, atMs: 0 })
      const timers = world.timers.filter((each) => each !== step)
      this.#enter({ ...world, timers, trace: [...world.trace, `deadline ${step}`] }, advance)
    }
  }

  /** Everything that an operator can do next. What is refused was not allowed. */
  #intervene(world: SagaWorld, state: SagaState): void {
    if ((state.interventions?.length ?? 0) >= this.#interventionsMax) return
    for (const order of ordersFor(this.#saga, state)) {
      const intervention = { ...order, reason: 'explored', atMs: 0 }
      const advance = tryIntervene(this.#saga, state, intervention)
      if (!advance) continue
      const step = 'step' in order ? order.step : undefined
      const name = step === undefined ? order.act : `${order.act} ${step}`
      const after = { ...world, trace: [...world.trace, name] }
      this.#enter(step === undefined ? after : this.#resolved(after, state, step), advance)
    }
  }

  /** What an operator has seen to counts as done there. */
  #resolved(world: SagaWorld, state: SagaState, step: string): SagaWorld {
    const undo = state.steps[step]?.status === 'undo-rejected'
    return this.#accepted(world, step, undo)
  }

  #reply(world: SagaWorld, sent: SentCommand, outcome: Outcome): void {
    const { step, undo } = sent
    const input = { kind: 'reply', step, undo, outcome, atMs: 0 } as const
    const advance = this.#engine.advance(this.#saga, stateOf(world), input)
    const after = this.#answered(world, sent, outcome)
    this.#enter(after, advance)
    if (isSettled(advance.state)) return
    const again = this.#engine.advance(this.#saga, advance.state, input)
    if (again.effects.length > 0 || textOf(again.state) !== textOf(advance.state)) {
      this.#report(after, 'a repeated answer changed something')
    }
  }

  /** What has become true in the services, whatever the saga makes of it. */
  #answered(world: SagaWorld, sent: SentCommand, outcome: Outcome): SagaWorld {
    const { step, undo } = sent
    const name = `${undo ? 'undo ' : ''}${step}`
    const trace = [...world.trace, `${name} ${outcome.ok ? 'done' : 'rejected'}`]
    const pending = world.pending.filter((each) => each !== sent)
    const after = { ...world, trace, pending }
    if (!outcome.ok) return { ...after, mayPark: mayPark(world, sent) }
    return this.#accepted(after, step, undo)
  }

  #accepted(world: SagaWorld, step: string, undo: boolean): SagaWorld {
    if (undo) return { ...world, undone: [...world.undone, step] }
    if (step === noticeStep) return world
    const node = stepNode(this.#saga, step)
    const isPivot = node?.node === 'step' && node.pivot
    return { ...world, done: [...world.done, step], isPivotDone: world.isPivotDone || isPivot }
  }

  /** Takes what the engine made of it, and remembers the situation if it is a new one. */
  #enter(world: SagaWorld, { state, effects }: SagaAdvance): void {
    let after: SagaWorld = { ...world, state }
    for (const effect of effects) {
      const { step } = effect
      if (effect.kind === 'send') after = this.#send(after, effect)
      else if (effect.kind === 'setTimer') after = { ...after, timers: [...after.timers, step] }
      else after = { ...after, timers: after.timers.filter((each) => each !== step) }
    }
    const { trace: _trace, ...situation } = after
    const key = textOf(situation)
    if (this.#seen.has(key)) return
    if (this.#seen.size >= this.#situationsMax) throw tooMany(this.#saga, this.#situationsMax)
    this.#seen.add(key)
    this.#waiting.push(after)
  }

  #send(world: SagaWorld, effect: Extract<SagaEffect, { kind: 'send' }>): SagaWorld {
    const { step, undo, command, attempt } = effect
    const name = `${undo ? 'undo ' : ''}${step}${attempt === undefined ? '' : ` again ${attempt}`}`
    if (world.sent.includes(name)) this.#report(world, `${name} was sent twice`)
    if (undo) for (const problem of judgeUndo(this.#saga, world, step)) this.#report(world, problem)
    const pending = [...world.pending, { step, undo, command }]
    return { ...world, pending, sent: [...world.sent, name] }
  }

  #end(world: SagaWorld, { status }: SagaState): void {
    this.#ends[status] = (this.#ends[status] ?? 0) + 1
    for (const problem of judgeEnd(this.#saga, world, status)) this.#report(world, problem)
  }

  #report(world: SagaWorld, problem: string): void {
    if (this.#broken.length < brokenMax) this.#broken.push(`${problem}: ${world.trace.join(', ')}`)
  }
}

function ordersFor(saga: Saga, state: SagaState): readonly SagaOrder[] {
  if (state.status !== 'parked') return [{ act: 'cancel' }]
  const steps = refusedSteps(saga, state)
  return [
    { act: 'retry' },
    { act: 'compensate' },
    ...steps.map((step) => ({ act: 'resolve', step }) as const),
  ]
}

function tryIntervene(
  saga: Saga,
  state: SagaState,
  intervention: SagaIntervention,
): SagaAdvance | undefined {
  try {
    return interveneSaga(saga, state, intervention)
  } catch (thrown) {
    if (thrown instanceof DureError && thrown.code.startsWith('SAGA_')) return undefined
    throw thrown
  }
}

/** After the pivot, and on the way back, a "no" leaves nothing but to ask for help. */
function mayPark(world: SagaWorld, { step, undo }: SentCommand): boolean {
  return world.mayPark || world.isPivotDone || undo || step === noticeStep
}

function stateOf({ state }: SagaWorld): SagaState {
  if (state) return state
  throw definitionError('An exploration has begun without a state.')
}

function usualAnswers(saga: Saga, { step, undo }: SentCommand): readonly Outcome[] {
  const yes: Outcome = { ok: true, output: undefined }
  const no: Outcome = { ok: false, rejected: 'Refused', data: null }
  if (undo || step === noticeStep) return [yes]
  return isAfterPivot(saga, step) ? [yes] : [yes, no]
}

function isAfterPivot(saga: Saga, step: string): boolean {
  const node = stepNode(saga, step)
  const pivot = saga.nodes.findIndex((each) => each.node === 'step' && each.pivot)
  if (pivot < 0 || !node) return false
  const before = saga.nodes.slice(0, pivot + 1)
  return !before.some((each) => textOf(each).includes(`"name":"${node.name}"`))
}

function textOf(value: unknown): string {
  return JSON.stringify(value)
}

function tooMany(saga: Saga, situationsMax: number): DureError {
  return definitionError(
    `Saga "${saga.name}" has more than ${situationsMax} situations with this input. Explore it with fewer items.`,
  )
}
