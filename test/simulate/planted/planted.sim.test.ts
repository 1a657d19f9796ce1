import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { builtInJudges } from '../../../src/simulate/invariants/built-in.ts'
import { runWorld } from '../../../src/simulate/world/world.ts'
import { brokerBugs } from './brokers.ts'
import { clockBugs } from './clocks.ts'
import type { PlantedBug } from './planted-bug.ts'
import { storeBugs } from './stores.ts'
import { systemBugs } from './systems.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
const seedsMax = 1_000
const seedsAimed = 50

/** The first seed that shows the bug. */
async function findBug({ scenario, sabotage }: PlantedBug): Promise<number | undefined> {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const options = { scenario, world: { seed }, settle, judges: builtInJudges }
    const result = await runWorld({ ...options, ...(sabotage && { sabotage: sabotage() }) })
    if (result.end === 'violated') return seed
  }
  return undefined
}

describe('a planted bug is found', () => {
  const bugs = [...storeBugs, ...brokerBugs, ...clockBugs, ...systemBugs]
  const needed: number[] = []

  for (const bug of bugs) {
    it(bug.name, async () => {
      const seed = await findBug(bug)

      assert.ok(seed !== undefined, `${seedsMax} seeds do not show it.`)
      needed.push(seed)
    })
  }

  after(() => {
    const median = needed.toSorted((one, other) => one - other)[Math.floor(needed.length / 2)] ?? 0
    assert.ok(median <= seedsAimed, `Half of them need more than ${median} seeds.`)
  })
})
