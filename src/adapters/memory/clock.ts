import type { Clock } from '../../runtime/clock.port.ts'

export interface VirtualClockOptions {
  /** Where time starts, in milliseconds since 1970 UTC. */
  readonly startMs?: number
  /**
   * Who runs deferred tasks. `auto` (default): they run by themselves once the promises that are ready now have
   * run. `manual`: only `turn` and `advance` run them.
   */
  readonly turns?: 'auto' | 'manual'
}

/** A clock that stands still until it is told to go: the same calls give the same times, orders and ids. */
export interface VirtualClock extends Clock {
  /**
   * Lets time pass, running due tasks in the order of their times, and of their making at one time.
   *
   * Each task sees its own time. Deferred tasks and the promises that a task settles run before the next task.
   */
  advance(durationMs: number): Promise<void>
  /** Runs the tasks that are deferred now, and says how many. */
  turn(): number
  /** When the next task is due, beats apart; `undefined` when none waits. */
  nextMs(): number | undefined
}

interface Waiting {
  readonly dueMs: number
  readonly order: number
  readonly task: () => void
  /** Whether it only looks for work. */
  readonly isBeat: boolean
}

const defaultStartMs = Date.UTC(2024, 0, 1)

/** Opens a clock whose time, order of tasks and ids depend on nothing but the calls to it. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const waiting = new Set<Waiting>()
  const turns = createTurns(options.turns ?? 'auto')
  let nowMs = options.startMs ?? defaultStartMs
  let made = 0

  const earliest = (isWanted: (each: Waiting) => boolean = () => true): Waiting | undefined => {
    let first: Waiting | undefined
    for (const each of waiting) {
      if (isWanted(each) && (first === undefined || isBefore(each, first))) first = each
    }
    return first
  }
  const add = (delayMs: number, task: () => void, isBeat: boolean): (() => void) => {
    made += 1
    const dueMs = nowMs + (delayMs > 0 ? Math.ceil(delayMs) : 0)
    const each: Waiting = { dueMs, order: made, task, isBeat }
    waiting.add(each)
    return () => void waiting.delete(each)
  }

  return {
    nowMs: () => nowMs,
    after: (delayMs, task) => add(delayMs, task, false),
    beat: (delayMs, task) => add(delayMs, task, true),
    defer: turns.defer,
    newId: createIds(() => nowMs),
    turn: turns.run,
    nextMs: () => earliest(({ isBeat }) => !isBeat)?.dueMs,
    async advance(durationMs) {
      const endMs = nowMs + durationMs
      await settleReady(turns.run)
      for (let due = earliest(); due !== undefined && due.dueMs <= endMs; due = earliest()) {
        waiting.delete(due)
        nowMs = Math.max(nowMs, due.dueMs)
        due.task()
        await settleReady(turns.run)
      }
      nowMs = Math.max(nowMs, endMs)
    },
  }
}

function isBefore(one: Waiting, other: Waiting): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}

/** Runs promises and deferred tasks until none of them is ready. */
async function settleReady(runTurn: () => number): Promise<void> {
  do await new Promise<void>((resolve) => void setImmediate(resolve))
  while (runTurn() > 0)
}

function createTurns(mode: 'auto' | 'manual'): {
  readonly defer: Clock['defer']
  readonly run: () => number
} {
  let tasks: (() => void)[] = []
  const run = (): number => {
    const ready = tasks
    tasks = []
    for (const task of ready) task()
    return ready.length
  }
  return {
    run,
    defer(task) {
      tasks.push(task)
      if (mode === 'auto' && tasks.length === 1) setImmediate(run)
    },
  }
}

/** Ids in the form of UUID version 7: the time, and a number that counts up where chance would be. */
function createIds(nowMs: () => number): () => string {
  let count = 0
  return () => {
    count += 1
    const time = Math.trunc(nowMs()).toString(16).padStart(12, '0')
    const number = count.toString(16).padStart(15, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${number.slice(0, 3)}-${number.slice(3)}`
  }
}
