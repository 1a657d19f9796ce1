// A system is upgraded process by process, while things fail: for a while old and new ones run side by side.
import type { System } from '../language/system.ts'
import { makeFormerSystem } from './make-system.ts'
import type { Scenario } from './scenario.ts'
import { inWorld } from './world/driven.ts'
import type { SimulatedProcess } from './world/process.ts'
import type { Surroundings } from './world/surroundings.ts'

export interface Upgrades {
  /** What processes run at first; undefined when they run the same all the time. */
  readonly former: System | undefined
  /** Puts the upgrade of each process on the schedule, in an order that the seed has. */
  begin(processes: readonly SimulatedProcess[], faultsMs: number): void
}

/** @throws `SIMULATE_SYSTEM_INVALID`. */
export function planUpgrades(scenario: Scenario, seed: number, core: Surroundings): Upgrades {
  const former = makeFormerSystem(scenario, seed)
  return {
    former: former && inWorld(former, core),
    begin(processes, faultsMs) {
      if (!former) return
      const { scheduler, chances } = core
      const chance = chances.of('upgrades')
      for (const process of processes) {
        const dueMs = scheduler.nowMs + chance.between(0, faultsMs)
        const run = (): void => process.upgrade()
        scheduler.at({ dueMs, label: `upgrade ${process.name}`, run })
      }
    },
  }
}
