// The shop with a store that keeps no cursors: what was handled before a crash is handled again.
import { settleImmediately } from '../../../src/adapters/node/settle.ts'
import { type Shrunk, shrink, type ShrinkOptions } from '../../../src/simulate/explain/shrink.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'
import type { WorldCase, WorldResult } from '../../../src/simulate/world/world-result.ts'
import { runWorld } from '../../../src/simulate/world/world.ts'
import { shopScenario } from '../shop-scenario.ts'

export const withoutCursors = (): Sabotage => ({
  store: (store) => ({
    ...store,
    commit: (batch) => store.commit(batch.map(({ cursors: _cursors, ...commit }) => commit)),
  }),
})

const shop = { scenario: shopScenario, settle: settleImmediately, judges: [] }

export function runViolated(world: WorldCase, untilStep?: number): Promise<WorldResult> {
  const until = untilStep === undefined ? {} : { untilStep }
  return runWorld({ ...shop, sabotage: withoutCursors(), world, isTold: true, ...until })
}

export async function shrinkShop(
  seed: number,
  options: Partial<ShrinkOptions> = {},
): Promise<Shrunk> {
  const violated = await runViolated({ seed })
  return shrink({ ...shop, sabotage: withoutCursors, violated, ...options })
}

/** Seeds whose world is violated: in groups, in one process, in processes and in replicas. */
export const violatedSeeds = [4, 5, 11, 16] as const
