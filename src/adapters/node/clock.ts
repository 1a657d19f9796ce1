import { randomFillSync } from 'node:crypto'
import type { Clock } from '../../runtime/clock.port.ts'
import { createUuid7 } from './uuid7.ts'

/** A clock of this process. Disposing it cancels every task that waits, and takes no new ones. */
export interface NodeClock extends Clock, Disposable {}

/** `setTimeout` runs longer delays at once. */
const timeoutMsMax = 2 ** 31 - 1

/**
 * Opens the machine's clock.
 *
 * A task that waits keeps the process alive: it is work that somebody counts on. Whoever stops a system disposes
 * its clock, and then nothing is left that could hold the process.
 */
export function nodeClock(): NodeClock {
  const timers = createTimers()
  const turns = createTurns()
  const nowMs = (): number => Date.now()
  return {
    nowMs,
    after: timers.after,
    beat: timers.beat,
    defer: turns.defer,
    newId: createUuid7({ nowMs, fill: randomFillSync }),
    [Symbol.dispose]() {
      timers.stop()
      turns.stop()
    },
  }
}

interface Waiting {
  /** When to run, on the clock that nobody can set. */
  readonly dueMs: number
  readonly task: () => void
  timeout: NodeJS.Timeout | undefined
  /** Whether it only looks for work. */
  readonly isBeat: boolean
}

interface Timers extends Pick<Clock, 'after' | 'beat'> {
  readonly stop: () => void
}

function createTimers(): Timers {
  const all = new Set<Waiting>()
  let isStopped = false

  const cancel = (waiting: Waiting): void => {
    clearTimeout(waiting.timeout)
    all.delete(waiting)
  }
  const arm = (waiting: Waiting): void => {
    // A process that was stopped goes on late.
    const leftMs = Math.min(positive(Math.ceil(waiting.dueMs - performance.now())), timeoutMsMax)
    waiting.timeout = setTimeout(wake, leftMs, waiting)
    if (waiting.isBeat) waiting.timeout.unref()
  }
  // Why the look at the time: long delays come in pieces, and a timeout may come a fraction of a millisecond early.
  const wake = (waiting: Waiting): void => {
    if (performance.now() < waiting.dueMs) return arm(waiting)
    all.delete(waiting)
    waiting.task()
  }

  const add = (delayMs: number, task: () => void, isBeat: boolean): (() => void) => {
    const dueMs = performance.now() + positive(delayMs)
    const waiting: Waiting = { dueMs, task, timeout: undefined, isBeat }
    if (isStopped) return () => undefined
    all.add(waiting)
    arm(waiting)
    return () => cancel(waiting)
  }

  return {
    after: (delayMs, task) => add(delayMs, task, false),
    beat: (delayMs, task) => add(delayMs, task, true),
    stop() {
      isStopped = true
      for (const waiting of all) cancel(waiting)
    },
  }
}

function positive(delayMs: number): number {
  return delayMs > 0 ? delayMs : 0
}

/** Gathers deferred tasks: one `setImmediate` runs all that were asked for until then. */
function createTurns(): { readonly defer: Clock['defer']; readonly stop: () => void } {
  let tasks: (() => void)[] = []
  let immediate: NodeJS.Immediate | undefined
  let isStopped = false

  const run = (): void => {
    const ready = tasks
    let done = 0
    tasks = []
    immediate = undefined
    try {
      for (const task of ready) {
        done += 1
        task()
      }
    } finally {
      // Only after a task has thrown: the others are not to blame.
      if (done < ready.length) for (const task of ready.slice(done)) defer(task)
    }
  }
  const defer = (task: () => void): void => {
    if (isStopped) return
    tasks.push(task)
    immediate ??= setImmediate(run)
  }

  return {
    defer,
    stop() {
      isStopped = true
      tasks = []
      clearImmediate(immediate)
    },
  }
}
