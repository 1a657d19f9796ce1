// Everything that can happen to a small saga, in both styles: each step says no, each process dies before and after each
// commit, each message comes twice or too late; one such thing at a time, and any two. Nothing is drawn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { type Style, smallScenario, steps } from './small-saga.ts'

/** What can happen, whenever it can. */
const kinds = ['crash before commit', 'crash after commit', 'message repeated', 'message delayed']

interface Tried {
  /** What could have happened after the last thing that did, by id. */
  readonly later: readonly string[]
  readonly ends: readonly string[]
}

async function tryFaults(scenario: Scenario, faults: readonly string[]): Promise<Tried> {
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
  return { later, ends: marks.filter((mark) => mark.startsWith('end|small|')) }
}

interface Everything {
  readonly worlds: number
  /** How sagas ended in which no step said no. */
  readonly accepted: ReadonlySet<string>
  readonly refused: ReadonlySet<string>
}

/** Tries everything, and any two things. */
async function tryAll(style: Style): Promise<Everything> {
  const accepted = new Set<string>()
  const refused = new Set<string>()
  let worlds = 0
  const attempt = async (
    refusing: readonly string[],
    faults: readonly string[],
  ): Promise<readonly string[]> => {
    const tried = await tryFaults(smallScenario(style, refusing), faults)
    worlds += 1
    for (const end of tried.ends) (refusing.length > 0 ? refused : accepted).add(end)
    return tried.later
  }

  for (const first of await attempt([], []))
    for (const second of await attempt([], [first])) await attempt([], [first, second])
  for (const [index, step] of steps.entries()) {
    for (const fault of await attempt([step], [])) await attempt([step], [fault])
    for (const other of steps.slice(index + 1)) await attempt([step, other], [])
  }
  return { worlds, accepted, refused }
}

for (const style of ['choreographed', 'orchestrated'] as const) {
  test(`a saga that is ${style} ends well whatever happens, alone and in pairs`, async (context) => {
    const { worlds, accepted, refused } = await tryAll(style)

    context.diagnostic(`${worlds} worlds`)
    assert.ok(worlds > 1_000, String(worlds))
    for (const ends of [accepted, refused]) {
      assert.ok(ends.has('end|small|completed'))
      // Without a refusal it is the deadline that turns a saga back.
      assert.ok(ends.has('end|small|compensated'))
      assert.ok(!ends.has('end|small|parked'))
    }
  })
}
