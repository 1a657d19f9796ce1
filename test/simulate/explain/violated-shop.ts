// The shop with a store that keeps no cursors: what was handled before a crash is handled again.
import { settleImmediately } from '../../../src/adapters/node/settle.ts'
import { type Shrunk, shrink, type ShrinkOptions } from '../../../src/simulate/explain/shrink.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'
import type { WorldCase, WorldResult } from '../../../src/simulate/world/world-result.ts'
import type { WorldShape } from '../../../src/simulate/world/shape.ts'
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

/** For each shape that a world may have, the first seed whose world is violated, after some faults. */
const seedsByShape = await findSeeds()

async function findSeeds(): Promise<ReadonlyMap<WorldShape['name'], number>> {
  const found = new Map<WorldShape['name'], number>()
  for (let seed = 1; found.size < 4 && seed <= 200; seed += 1) {
    const { shape, violations, struck } = await runViolated({ seed })
    const isFit = violations.length > 0 && struck.length >= 8
    if (isFit && !found.has(shape.name)) found.set(shape.name, seed)
  }
  return found
}

export const violatedSeeds = [...seedsByShape.values()]

/** A seed whose world is violated, and has a process for each service. */
export const violatedSeed = seedsByShape.get('processes') ?? 0

/** The first small world in which a service dies after it published, and another suffers from it. */
export async function shrinkToSeveralProcesses(): Promise<Shrunk> {
  for (let seed = violatedSeed; seed <= 500; seed += 1) {
    const violated = await runViolated({ seed })
    if (violated.shape.name !== 'processes' || violated.violations.length === 0) continue
    const shrunk = await shrinkShop(seed)
    const isSeveral = shrunk.result.shape.processes.length > 1
    if (isSeveral && shrunk.result.struck.some(({ kind }) => kind === 'crash after publish'))
      return shrunk
  }
  throw new Error('No world of several processes is violated.')
}
