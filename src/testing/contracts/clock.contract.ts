import assert from 'node:assert/strict'
import type { Clock } from '../../runtime/clock.port.ts'
import type { PortContract } from './verify-contract.ts'

/** A clock under test, and how its time is made to pass. */
export interface ClockSubject {
  readonly clock: Clock
  /** Lets time and turns pass until `awaited` settles. */
  readonly settle: <T>(awaited: Promise<T>) => Promise<T>
}

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const idsPerCheck = 50_000

/** What every clock keeps. */
export const clockContract: PortContract<ClockSubject> = {
  port: 'clock',
  promises: [
    {
      promise: 'tells the time in whole milliseconds and never runs backwards while nobody sets it',
      async check({ clock, settle }) {
        const before = clock.nowMs()

        await settle(passed(clock, 3))

        const after = clock.nowMs()
        assert.ok(Number.isSafeInteger(before) && Number.isSafeInteger(after))
        assert.ok(after >= before + 3, `${after} is before ${before} + 3`)
      },
    },
    {
      promise: 'runs a task once, not before its delay has passed on the same clock',
      async check({ clock, settle }) {
        const startMs = clock.nowMs()
        const runsAtMs: number[] = []

        clock.after(7, () => runsAtMs.push(clock.nowMs()))
        await settle(passed(clock, 30))

        assert.equal(runsAtMs.length, 1)
        assert.ok((runsAtMs[0] ?? 0) >= startMs + 7)
      },
    },
    {
      promise: 'runs a beat once, not before its delay has passed, and never when it was cancelled',
      async check({ clock, settle }) {
        const startMs = clock.nowMs()
        const runsAtMs: number[] = []

        clock.beat(7, () => runsAtMs.push(clock.nowMs()))
        clock.beat(7, () => assert.fail('It was cancelled.'))()
        await settle(passed(clock, 30))

        assert.equal(runsAtMs.length, 1)
        assert.ok((runsAtMs[0] ?? 0) >= startMs + 7)
      },
    },
    {
      promise: 'never runs a task inside the call that asks for it',
      check({ clock }) {
        let runs = 0

        clock.defer(() => {
          runs += 1
        })
        const cancel = clock.after(0, () => {
          runs += 1
        })

        assert.equal(runs, 0)
        cancel()
      },
    },
    {
      promise: 'runs the task with the shorter delay first',
      async check({ clock, settle }) {
        const order: string[] = []

        clock.after(25, () => order.push('late'))
        clock.after(2, () => order.push('early'))
        await settle(passed(clock, 50))

        assert.deepEqual(order, ['early', 'late'])
      },
    },
    {
      promise: 'does not run a cancelled task, and lets it be cancelled again or too late',
      async check({ clock, settle }) {
        let runs = 0
        const cancel = clock.after(3, () => {
          runs += 1
        })
        const cancelLate = clock.after(1, () => undefined)

        cancel()
        cancel()
        await settle(passed(clock, 10))
        cancelLate()

        assert.equal(runs, 0)
      },
    },
    {
      promise: 'takes a delay of sixty days without running its task at once',
      async check({ clock, settle }) {
        let runs = 0
        const cancel = clock.after(60 * 24 * 3_600_000, () => {
          runs += 1
        })

        await settle(passed(clock, 20))

        assert.equal(runs, 0)
        cancel()
      },
    },
    {
      promise: 'takes a delay that is negative or not a number as none',
      async check({ clock, settle }) {
        const order: string[] = []

        clock.after(-5, () => order.push('negative'))
        clock.after(Number.NaN, () => order.push('not a number'))
        await settle(passed(clock, 10))

        assert.deepEqual(order.toSorted(), ['negative', 'not a number'])
      },
    },
    {
      promise: 'runs deferred tasks in their order, after the work that is ready now',
      async check({ clock, settle }) {
        const order: string[] = []
        const arrived = (name: string): Promise<void> =>
          Promise.resolve().then(() => void order.push(`arrived ${name}`))

        clock.defer(() => order.push('first'))
        clock.defer(() => order.push('second'))
        const arrivals = [arrived('a'), arrived('b')]
        await settle(deferred(clock))
        await Promise.all(arrivals)

        assert.deepEqual(order.slice(-2), ['first', 'second'])
      },
    },
    {
      promise: 'runs a task that a deferred task defers, in a later turn',
      async check({ clock, settle }) {
        const order: string[] = []

        clock.defer(() => {
          clock.defer(() => order.push('inner'))
          order.push('outer')
        })
        clock.defer(() => order.push('beside'))
        await settle(deferred(clock).then(() => deferred(clock)))

        assert.deepEqual(order, ['outer', 'beside', 'inner'])
      },
    },
    {
      promise: 'makes ids of UUID version 7 that never come again and sort by the order of making',
      check({ clock }) {
        const ids = Array.from({ length: idsPerCheck }, () => clock.newId())

        assert.ok(ids.every((id) => idPattern.test(id)))
        assert.equal(new Set(ids).size, idsPerCheck)
        assert.deepEqual(ids, ids.toSorted())
      },
    },
    {
      promise: 'puts the time into its ids',
      async check({ clock, settle }) {
        const beforeMs = clock.nowMs()
        const early = clock.newId()
        const startMs = clock.nowMs()

        await settle(passed(clock, 5))
        const late = clock.newId()

        assert.ok(beforeMs - 1 <= idTimeMs(early) && idTimeMs(early) <= startMs + 1)
        assert.ok(idTimeMs(late) >= startMs + 5)
      },
    },
  ],
}

function passed(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve))
}

function deferred(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.defer(resolve)
  })
}

function idTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
