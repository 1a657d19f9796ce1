import assert from 'node:assert/strict'
import type { VirtualClock } from '../adapters/memory/clock.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { IdleReport, RunningSystem } from '../runtime/running-system.port.ts'

/** How long a system is waited for, in milliseconds of its own clock. */
export const idleWaitMsMax = 60_000
const pauseMs = 2
const pauseMsMax = 1_000

/**
 * Waits until a running system has nothing left to do. A virtual clock is made to pass to what is due next.
 *
 * Fails with what is left when that takes longer than `limitMs`.
 */
export async function untilIdle(
  running: Pick<RunningSystem, 'idle'>,
  clock: Clock | VirtualClock,
  limitMs: number = idleWaitMsMax,
): Promise<IdleReport> {
  const endMs = clock.nowMs() + limitMs
  for (let turn = 0; ; turn += 1) {
    const report = await running.idle()
    if (report.idle) return report
    if (clock.nowMs() > endMs) {
      assert.fail(`The system is not idle after ${limitMs} ms: ${JSON.stringify(report.services)}`)
    }
    await pause(clock, turn)
  }
}

async function pause(clock: Clock | VirtualClock, turn: number): Promise<void> {
  if (!('advance' in clock)) {
    return new Promise((resolve) => void clock.after(pauseMs, resolve))
  }
  const nextMs = clock.nextMs()
  // Where no time is waited for, only promises are: they need turns, and not much time.
  if (nextMs === undefined) return clock.advance(Math.min(pauseMs * 2 ** turn, pauseMsMax))
  return clock.advance(Math.max(pauseMs, nextMs - clock.nowMs()))
}
