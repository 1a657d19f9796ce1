// When a world ends though something is left to do in it.
import type { Scenario } from './scenario.ts'
import { loadDefaults } from './world/load.ts'
import type { Scheduler } from './world/scheduler.ts'
import type { WorldCase } from './world/world-result.ts'

/** Steps after which a world is taken to go round in circles: some of its own, and so many for each action. */
export const stepsMax = { world: 20_000, action: 4_000 } as const
export const timeDefaults = { faultsMs: 60_000, settleMs: 3_600_000 } as const

export interface Bounds {
  /** Nothing fails any more: from now on it has to come to rest. */
  quiet(): void
  /** Why it ends, when it has gone too far. */
  overrun(): string | undefined
}

export interface BoundsOptions {
  readonly scenario: Scenario
  readonly world: WorldCase
  readonly scheduler: Scheduler
}

/** Sets the bounds of a world. */
export function setBounds({ scenario, world, scheduler }: BoundsOptions): Bounds {
  const { settleMs = timeDefaults.settleMs, count = loadDefaults.count } = scenario
  const most = stepsMax.world + stepsMax.action * (world.actions?.length ?? count)
  let endMs = Number.POSITIVE_INFINITY
  return {
    quiet: () => void (endMs = scheduler.nowMs + settleMs),
    overrun() {
      if (scheduler.nowMs <= endMs) return scheduler.endless(most)
      const minutes = Math.round(settleMs / 60_000)
      return `It is not at rest ${minutes} minutes after the last fault. ${scheduler.lately()}`
    },
  }
}
