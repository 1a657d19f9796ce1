// Bugs of those who look at the time.
import type { Clock } from '../../../src/runtime/clock.port.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'
import { busyShop } from './busy-shop.ts'
import type { PlantedBug } from './planted-bug.ts'

function withClock(change: (clock: Clock) => Partial<Clock>): () => Sabotage {
  return () => ({
    clock: (clock) => ({
      nowMs: () => clock.nowMs(),
      after: (delayMs, task) => clock.after(delayMs, task),
      beat: (delayMs, task) => clock.beat(delayMs, task),
      defer: (task) => clock.defer(task),
      newId: () => clock.newId(),
      ...change(clock),
    }),
  })
}

const bugs: readonly Omit<PlantedBug, 'scenario'>[] = [
  {
    // How long the process runs is taken without its sign.
    name: 'a timer is early when the clock was set',
    sabotage: withClock((clock) => {
      const startMs = clock.nowMs()
      return { nowMs: () => startMs + Math.abs(clock.nowMs() - startMs) }
    }),
  },
  {
    name: 'a timer is early by a rounding',
    sabotage: withClock((clock) => ({ nowMs: () => Math.ceil(clock.nowMs() / 1_000) * 1_000 })),
  },
  {
    name: 'ids come again after a restart',
    sabotage: withClock(() => {
      let count = 0
      return {
        newId() {
          count += 1
          return `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`
        },
      }
    }),
  },
  {
    name: 'what is to be tried again later is never tried again',
    sabotage: withClock((clock) => ({
      after: (delayMs, task) => (delayMs > 40 ? (): void => undefined : clock.after(delayMs, task)),
    })),
  },
]

/** Bugs of time, timers and ids. */
export const clockBugs: readonly PlantedBug[] = bugs.map((bug) => ({ ...bug, scenario: busyShop }))
