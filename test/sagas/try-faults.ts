// One world in which just these things go wrong, and what else could have.
import assert from 'node:assert/strict'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'

/** What can happen, whenever it can. */
const kinds = ['crash before commit', 'crash after commit', 'message repeated', 'message delayed']

export interface Tried {
  /** What could have happened after the last thing that did, by id. */
  readonly later: readonly string[]
  readonly ends: readonly string[]
}

/** Runs a world in which these faults strike and no others. */
export async function tryFaults(scenario: Scenario, faults: readonly string[]): Promise<Tried> {
  const later: string[] = []
  let left = faults.length
  const onOccasion = (id: string): void => {
    if (faults.includes(id)) left -= 1
    else if (left === 0 && kinds.some((kind) => id.startsWith(`${kind} @`))) later.push(id)
  }
  const world = {
    seed: 1,
    faults,
    shape: 'processes',
    partitions: 1,
    skew: false,
    operator: false,
  } as const
  const result = await runWorld({ scenario, world, settle, judges, onOccasion })
  const { end, violations, marks, struck } = result
  assert.equal(
    end,
    'rest',
    `after ${faults.join(' and ')}: ${violations[0]?.invariant}: ${violations[0]?.text}`,
  )
  assert.equal(struck.length, faults.length, `${faults.join(' and ')} did not happen`)
  return { later, ends: marks.filter((mark) => mark.startsWith(`end|`)) }
}
