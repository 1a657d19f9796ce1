// The surroundings of one port of a simulated world, for tests of that port alone: nothing else runs in it.
import assert from 'node:assert/strict'
import type { FaultName, PointFaultName } from '../../src/simulate/faults/catalogue.ts'
import type { FaultInstance, FaultPlan } from '../../src/simulate/faults/plan.ts'
import { type Chances, createChances } from '../../src/simulate/world/chance.ts'
import { createCuts } from '../../src/simulate/world/episodes.ts'
import { createLedger, type Ledger } from '../../src/simulate/world/ledger.ts'
import { createScheduler, type Scheduler } from '../../src/simulate/world/scheduler.ts'
import { createStory } from '../../src/simulate/world/story.ts'
import {
  createDelays,
  type ProcessOwner,
  type Surroundings,
} from '../../src/simulate/world/surroundings.ts'

export type TrialStrengths = Readonly<Partial<Record<PointFaultName, number>>>

export interface TrialWorldOptions {
  readonly seed: number
  readonly partitions?: number
  /** How likely each fault is at an occasion: a quiet world without it. */
  readonly strengths?: TrialStrengths
}

/** Surroundings whose time passes by itself as long as something is left to do. */
export interface TrialWorld {
  readonly core: Surroundings
  readonly chances: Chances
  readonly process: ProcessOwner
  /** Lets time pass until `isTrue`; fails when it does not become true. */
  readonly until: (isTrue: () => boolean) => Promise<void>
  /** Lets time pass until `awaited` settles. */
  readonly settle: <T>(awaited: Promise<T>) => Promise<T>
}

const startMs = 1_767_225_600_000
const idleTurnsMax = 1_000
/** Longest that anything takes, in milliseconds of the world. */
const patienceMs = 24 * 3_600_000

/** Makes the surroundings of a seed. */
export function trialWorld({
  seed,
  partitions = 1,
  strengths = {},
}: TrialWorldOptions): TrialWorld {
  const chances = createChances(seed)
  const inner = createScheduler({ startMs, chance: chances.of('order'), settle: nextTurn })
  const scheduler = runsByItself(inner)
  const ledger: Ledger = createLedger({ partitions, onApplied: nothing, onRecorded: nothing })
  let numbers = 0
  const core: Surroundings = {
    scheduler,
    chances,
    delay: createDelays(chances, 1),
    faults: constantFaults(chances, strengths),
    ledger,
    cuts: createCuts(inner),
    story: createStory(false, () => ({ step: inner.steps, atMs: inner.nowMs })),
    nextNumber: () => {
      numbers += 1
      return numbers
    },
    observe: { published: nothing },
    calm: 1,
    hasSkew: true,
  }
  const until: TrialWorld['until'] = async (isTrue) => {
    const fromMs = inner.nowMs
    for (let idle = 0; !isTrue(); idle = isIdleNow(inner, idle)) {
      assert.ok(idle < idleTurnsMax, 'It did not become true.')
      assert.ok(inner.nowMs < fromMs + patienceMs, 'It did not become true in a day.')
      await nextTurn()
    }
  }
  return {
    core,
    chances,
    process: standing(),
    until,
    async settle(awaited) {
      let isPending = true
      const end = (): void => {
        isPending = false
      }
      awaited.then(end, end)
      await until(() => !isPending)
      return awaited
    },
  }
}

/** Counts the turns in which nothing was done. */
function isIdleNow(scheduler: Scheduler & { seen?: number }, idle: number): number {
  const isMoving = scheduler.seen !== scheduler.steps
  scheduler.seen = scheduler.steps
  return isMoving ? 0 : idle + 1
}

function nothing(): void {
  return undefined
}

/** Resolves when everything that is ready now has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** A process that nothing happens to. */
function standing(): ProcessOwner {
  return {
    name: 'reader',
    services: ['stock'],
    isDead: false,
    pausedUntilMs: 0,
    skewMs: 0,
    skewMaxMs: 0,
    crash: () => assert.fail('Nobody dies here.'),
  }
}

/** A scheduler that runs whenever it has something to do. */
function runsByItself(inner: Scheduler): Scheduler {
  let isRunning = false
  let hasMore = false
  const run = async (): Promise<void> => {
    isRunning = true
    while (hasMore) {
      hasMore = false
      await inner.run(() => false)
    }
    isRunning = false
  }
  const wake = (): void => {
    hasMore = true
    if (!isRunning) void run()
  }
  return {
    get nowMs() {
      return inner.nowMs
    },
    endless: (stepsMax) => inner.endless(stepsMax),
    lately: () => inner.lately(),
    ask: (what) => inner.ask(what),
    worked: () => inner.worked(),
    get steps() {
      return inner.steps
    },
    get hash() {
      return inner.hash
    },
    note: (text, numbers) => inner.note(text, numbers),
    run: (isOver) => inner.run(isOver),
    at(task) {
      const cancel = inner.at(task)
      wake()
      return cancel
    },
    soon(task) {
      inner.soon(task)
      wake()
    },
  }
}

/** Faults that are there all the time, each with one strength. */
function constantFaults(chances: Chances, strengths: TrialStrengths): FaultPlan {
  const struck: FaultInstance[] = []
  return {
    strengths,
    episodes: [],
    struck,
    begins: () => false,
    begin: nothing,
    end: nothing,
    strikes(kind: FaultName, place) {
      const strength = strengths[kind as PointFaultName] ?? 0
      const isStruck = strength > 0 && chances.of(`${kind} @ ${place}`).happens(strength)
      if (isStruck) struck.push({ id: `${kind} @ ${place} # ${struck.length}`, kind, place })
      return isStruck
    },
  }
}
