// The scheduler decides everything that can come in one order or another: what is ready at one time runs in an order
// that was drawn, each to its end, with all promises that it settles, before the next.
import { DureError } from '../../language/errors.ts'
import { type Chance, hashText } from './chance.ts'

/** Who a task belongs to: what is dead runs no more, what is paused runs later. */
export interface Owner {
  readonly name: string
  readonly isDead: boolean
  /** Nothing runs before this time, in milliseconds of the world. */
  readonly pausedUntilMs: number
}

export interface Task {
  readonly dueMs: number
  readonly owner?: Owner | undefined
  /** What it is, for the trace: the same in every run of a seed. */
  readonly label: string
  readonly run: () => void
  /** Whether it only looks for work, as does all that comes of it: the world is at rest though it goes on. */
  readonly isBeat?: boolean
}

/** A task of the present step. */
export type Turn = Omit<Task, 'dueMs'>

export interface Scheduler {
  /** Milliseconds since 1970 UTC, with fractions. */
  readonly nowMs: number
  readonly steps: number
  /** Tells two runs apart that did not do the same. */
  readonly hash: number
  at(task: Task): () => void
  /** Runs a task within this step, when every promise that is ready has run. */
  soon(task: Turn): void
  /** Says why it is to end, when it goes round in circles or has made so many steps. */
  endless(stepsMax: number): string | undefined
  /** Says what the last steps did, the most frequent first: for those who ask why it does not end. */
  lately(): string
  /**
   * Counts that somebody has asked the world for something.
   *
   * @throws `SIMULATE_ENDLESS` when that was done so often in one step that time will never pass.
   */
  ask(what: string): void
  /** Something was done that others may have waited for: the world is not at rest, whoever did it. */
  worked(): void
  /** Adds what happened to the hash. */
  note(text: string, numbers?: readonly number[]): void
  /** Runs until nothing is left to do but to look for work, and nobody has found any for a while; or `isOver` says so after a step. */
  run(isOver: () => boolean): Promise<'idle' | 'over'>
}

export interface SchedulerOptions {
  readonly startMs: number
  readonly chance: Chance
  /** Resolves when every promise that is ready has run. */
  readonly settle: () => Promise<void>
}

/** Rounds of turns, and questions, in one step: more are a loop that never ends. */
export const stepLimits = { turns: 10_000, questions: 200_000 } as const
/** Steps of which it is known what they did, and how many things are told of them. */
const latelySteps = 512
const latelyTold = 6

/**
 * How long those who look for work may need until they find it, in milliseconds: longer than somebody's lease, after
 * which others take over.
 */
export const restMs = 12_000

const none: readonly never[] = []

interface Waiting {
  dueMs: number
  readonly order: number
  readonly task: Task
  isCancelled: boolean
  readonly isBeat: boolean
}

/** Creates a scheduler at the beginning of time. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new WorldScheduler(options)
}

class WorldScheduler implements Scheduler {
  nowMs: number
  steps = 0
  hash = 0
  #circle: string | undefined
  readonly #labels: string[] = []
  #askedAt = -1
  #questions = 0
  readonly #chance: Chance
  readonly #settle: () => Promise<void>
  readonly #heap: Waiting[] = []
  #turns: Turn[] = []
  #workedMs: number
  /** Whether what runs now comes of a beat. */
  #isBeating = false

  constructor({ startMs, chance, settle }: SchedulerOptions) {
    this.nowMs = startMs
    this.#workedMs = startMs
    this.#chance = chance
    this.#settle = settle
  }

  endless(stepsMax: number): string | undefined {
    if (this.#circle !== undefined) return this.#circle
    return this.steps < stepsMax
      ? undefined
      : `It goes on after ${stepsMax} steps. ${this.lately()}`
  }

  lately(): string {
    const counts = new Map<string, number>()
    for (const label of this.#labels) counts.set(label, (counts.get(label) ?? 0) + 1)
    const most = [...counts].toSorted(([, one], [, other]) => other - one).slice(0, latelyTold)
    const told = most.map(([label, times]) => `"${label}" ${times} times`).join(', ')
    return `Of its last ${this.#labels.length} steps: ${told}.`
  }

  ask(what: string): void {
    if (this.#askedAt !== this.steps) {
      this.#askedAt = this.steps
      this.#questions = 0
    }
    this.#questions += 1
    if (this.#questions <= stepLimits.questions) return
    throw new DureError(
      'SIMULATE_ENDLESS',
      `${what} was asked for ${stepLimits.questions} times while no time passed: it loops. Time passes in "pause", "send", "insist" and "ask" only, when they are awaited.`,
    )
  }

  note(text: string, numbers: readonly number[] = none): void {
    this.hash = hashText(text, this.hash)
    for (const number of numbers) this.#count(number)
  }

  #count(number: number): void {
    this.hash = Math.imul(this.hash ^ number, 0x01000193)
  }

  at(task: Task): () => void {
    const dueMs = Math.max(this.nowMs, task.dueMs)
    const isBeat = task.isBeat ?? this.#isBeating
    const waiting = { dueMs, order: this.#chance.next(), task, isCancelled: false, isBeat }
    push(this.#heap, waiting)
    return () => {
      waiting.isCancelled = true
    }
  }

  soon(task: Turn): void {
    this.#turns.push(this.#isBeating ? { ...task, isBeat: true } : task)
  }

  worked(): void {
    this.#workedMs = this.nowMs
  }

  async run(isOver: () => boolean): Promise<'idle' | 'over'> {
    await this.#settle()
    await this.#takeTurns()
    this.#isBeating = false
    for (let next = this.#takeNext(); next; next = this.#takeNext()) {
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      this.steps += 1
      this.note(next.task.label)
      this.#labels[(this.steps - 1) % latelySteps] = next.task.label
      this.#count(Math.trunc(this.nowMs * 1000))
      this.#isBeating = next.isBeat
      if (!next.isBeat) this.#workedMs = this.nowMs
      next.task.run()
      await this.#settle()
      if (this.#turns.length > 0) await this.#takeTurns()
      this.#isBeating = false
      if (isOver()) return 'over'
    }
    return 'idle'
  }

  async #takeTurns(): Promise<void> {
    for (let round = 1; this.#turns.length > 0; round += 1) {
      const turns = this.#turns
      this.#turns = []
      if (round > stepLimits.turns) {
        const [turn] = turns
        this.#circle = `Time stands still: "${turn?.label}" comes again and again within one step.`
        return
      }
      for (const turn of turns) {
        this.#isBeating = turn.isBeat ?? false
        this.#take(turn)
      }
      this.#isBeating = turns.every(({ isBeat }) => isBeat)
      await this.#settle()
    }
  }

  #take(turn: Turn): void {
    const { owner, label, run } = turn
    if (owner?.isDead) return
    if (owner && owner.pausedUntilMs > this.nowMs) {
      this.at({ ...turn, dueMs: owner.pausedUntilMs })
      return
    }
    this.note(label)
    run()
  }

  #takeNext(): Waiting | undefined {
    for (let next = pop(this.#heap); next; next = pop(this.#heap)) {
      const { owner } = next.task
      if (next.isCancelled || owner?.isDead) continue
      if (owner && owner.pausedUntilMs > Math.max(this.nowMs, next.dueMs)) {
        next.dueMs = owner.pausedUntilMs
        push(this.#heap, next)
      } else if (!next.isBeat || next.dueMs <= this.#workedMs + restMs) {
        return next
      } else {
        push(this.#heap, next)
        if (!this.#passRest(next.dueMs)) return undefined
      }
    }
    return undefined
  }

  /** Lets the time pass in which nothing happens but beats, up to the next work; false when there is none. */
  #passRest(beatMs: number): boolean {
    const works = this.#heap.filter((each) => !each.isBeat && isAlive(each))
    if (works.length === 0) return false
    const workMs = Math.min(...works.map(({ dueMs, task }) => Math.max(dueMs, pauseOf(task))))
    const waiting = this.#heap.splice(0)
    for (const each of waiting) {
      if (each.isBeat) each.dueMs += Math.max(0, workMs - beatMs)
      push(this.#heap, each)
    }
    // From here on they look again: what comes may be for those who wait for nothing else.
    this.#workedMs = Math.max(this.#workedMs, workMs)
    return true
  }
}

function isAlive({ isCancelled, task }: Waiting): boolean {
  return !isCancelled && !task.owner?.isDead
}

function pauseOf({ owner }: Task): number {
  return owner?.pausedUntilMs ?? 0
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}

function push(heap: Waiting[], item: Waiting): void {
  let place = heap.length
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = heap[parent]
    if (!above || isBefore(above, item)) break
    heap[place] = above
    place = parent
  }
  heap[place] = item
}

function pop(heap: Waiting[]): Waiting | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (!last || heap.length === 0) return first
  let place = 0
  for (;;) {
    const left = heap[place * 2 + 1]
    const right = heap[place * 2 + 2]
    const isRight = left !== undefined && right !== undefined && isBefore(right, left)
    const child = isRight ? right : left
    if (!child || !isBefore(child, last)) break
    heap[place] = child
    place = place * 2 + (isRight ? 2 : 1)
  }
  heap[place] = last
  return first
}
