// One world again: what a regression test calls.
import { settleImmediately } from '../adapters/node/settle.ts'
import { DureError } from '../language/errors.ts'
import { defaultJudges } from './default-judges.ts'
import { renderCase } from './explain/render-regression.ts'
import { renderStory } from './explain/render-story.ts'
import type { Scenario } from './scenario.ts'
import type { WorldCase, WorldResult } from './world/world-result.ts'
import { runWorld } from './world/world.ts'

/**
 * Runs one world of a scenario again, and gives what became of it when nothing is violated.
 *
 * When the code of the system has changed, the same case may be another world: one that no longer comes to what was
 * found. Its `struck` says which faults have struck.
 *
 * @throws `SIMULATE_VIOLATED` when an invariant does not hold; the message is the story of the world.
 */
export async function replay(scenario: Scenario, world: WorldCase): Promise<WorldResult> {
  const result = await runWorld({
    scenario,
    world,
    settle: settleImmediately,
    judges: defaultJudges,
    isTold: true,
  })
  if (result.violations.length === 0) return result
  const { name } = scenario
  const invariants = result.violations.map(({ invariant }) => invariant)
  const again = `await replay(scenario, ${renderCase(world)})`
  throw new DureError(
    'SIMULATE_VIOLATED',
    renderStory({ scenario: name, result, replay: again }).trimEnd(),
    { details: { scenario: name, seed: world.seed, invariants } },
  )
}
