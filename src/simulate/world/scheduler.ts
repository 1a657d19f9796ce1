// The scheduler decides everything that can come in one order or another: what is ready at one time runs in an order
// that was drawn, each to its end, with all promises that it settles, before the next.
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
}

export interface Scheduler {
  /** Milliseconds since 1970 UTC, with fractions. */
  readonly nowMs: number
  readonly steps: number
  /** Tells two runs apart that did not do the same. */
  readonly hash: number
  at(task: Task): () => void
  /** Runs a task within this step, when every promise that is ready has run. */
  soon(task: Omit<Task, 'dueMs'>): void
  /** Adds what happened to the hash. */
  note(text: string): void
  /** Runs until nothing is left to do, or `isOver` says so after a step. */
  run(isOver: () => boolean): Promise<'idle' | 'over'>
}

export interface SchedulerOptions {
  readonly startMs: number
  readonly chance: Chance
  /** Resolves when every promise that is ready has run. */
  readonly settle: () => Promise<void>
}

interface Waiting {
  dueMs: number
  readonly order: number
  readonly task: Task
  isCancelled: boolean
}

/** Creates a scheduler at the beginning of time. */
export function createScheduler({ startMs, chance, settle }: SchedulerOptions): Scheduler {
  const heap: Waiting[] = []
  let nowMs = startMs
  let steps = 0
  let hash = 0
  const note = (text: string): void => {
    hash = hashText(text, hash)
  }

  const turns: Omit<Task, 'dueMs'>[] = []
  const at = (task: Task): (() => void) => {
    const dueMs = Math.max(nowMs, task.dueMs)
    const waiting = { dueMs, order: chance.next(), task, isCancelled: false }
    push(heap, waiting)
    return () => {
      waiting.isCancelled = true
    }
  }

  const takeNext = (): Waiting | undefined => {
    for (let next = pop(heap); next; next = pop(heap)) {
      const { owner } = next.task
      if (next.isCancelled || owner?.isDead) continue
      if (!owner || owner.pausedUntilMs <= Math.max(nowMs, next.dueMs)) return next
      next.dueMs = owner.pausedUntilMs
      push(heap, next)
    }
    return undefined
  }

  const takeTurns = async (): Promise<void> => {
    while (turns.length > 0) {
      for (const task of turns.splice(0)) {
        const { owner, label, run } = task
        if (owner?.isDead) continue
        if (owner && owner.pausedUntilMs > nowMs) {
          at({ ...task, dueMs: owner.pausedUntilMs })
          continue
        }
        note(label)
        run()
      }
      await settle()
    }
  }

  return {
    get nowMs() {
      return nowMs
    },
    get steps() {
      return steps
    },
    get hash() {
      return hash
    },
    note,
    at,
    soon(task) {
      turns.push(task)
    },
    async run(isOver) {
      await settle()
      await takeTurns()
      for (let next = takeNext(); next; next = takeNext()) {
        nowMs = Math.max(nowMs, next.dueMs)
        steps += 1
        note(next.task.label)
        hash = (hash + Math.trunc(nowMs * 1000)) | 0
        next.task.run()
        await settle()
        if (turns.length > 0) await takeTurns()
        if (isOver()) return 'over'
      }
      return 'idle'
    },
  }
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
