import assert from 'node:assert/strict'
import { it } from 'node:test'
import { builtInJudges } from '../../src/simulate/invariants/built-in.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { countingScenario } from './counting-scenario.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

async function assertHolds(scenario: Scenario, seeds: readonly number[]): Promise<void> {
  for (const seed of seeds) {
    const world = { scenario, world: { seed }, settle, judges: builtInJudges }
    const { end, violations } = await runWorld(world)
    assert.equal(end, 'rest', `seed ${seed}: ${JSON.stringify(violations)}`)
  }
}

it('keeps what is parked in front, whichever of several processes has parked it', () =>
  assertHolds(countingScenario({ poison: [4, 9] }), [13, 16, 29, 38, 45, 50]))

it('keeps work in its order, whichever process puts it off, and whatever its clock says', () =>
  assertHolds(countingScenario({ audited: 1 }), [118, 162, 163]))

it('takes earlier work that another process has put off before it takes later work', () =>
  assertHolds(countingScenario({ audited: 1, isBusy: true }), [212]))

it('lets no command pass by an earlier one of its key that asks the outside first', () =>
  assertHolds(countingScenario({ audited: 3 }), [1, 2, 3, 4, 5, 6, 7, 8]))

it('lets none pass by when some of them are parked, or have to be tried again', () =>
  assertHolds(countingScenario({ audited: 3, poison: [4, 9], isBusy: true }), [1, 2, 3, 4, 5, 6]))
