// Both styles come to the same end: the same instances, and the same of their steps are left, whatever fails on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import type { Facts } from '../../src/simulate/invariants/facts.ts'
import { action, atEnd, scenario } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { choreographedShop } from '../simulate/shop-scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { Desk, deedsOf, endsWell, Patient, type Style, smallSystem, steps } from './small-saga.ts'

const seeds = 300

/** What has become of each instance. */
function endsOf(facts: Facts): Readonly<Record<string, unknown>> {
  const ends = facts.events(Desk.Asked).map(({ data: { id } }) => {
    const status = facts.sagas(Patient).find(({ key }) => key === id)?.status
    const { done, undone } = deedsOf(facts, id)
    // What was done beside a step that was refused, and is undone, depends on who was quicker.
    return [id, { status, left: done.filter((step) => !undone.includes(step)) }] as const
  })
  return Object.fromEntries(ends.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

/** Runs the world of a seed in a style: the same clients ask for the same, and everything fails that can. */
async function endIn(style: Style, seed: number): Promise<Readonly<Record<string, unknown>>> {
  let ends: Readonly<Record<string, unknown>> = {}
  const asking = scenario('small', {
    system: () => smallSystem(style, Patient),
    count: 4,
    clients: 4,
    faultsMs: 2_000,
    actions: [
      action('ask', async (client) => {
        const id = `s${client.chance.between(1, 1e9)}`
        const refused = steps.filter(() => client.chance.happens(0.15))
        await client.insist(Desk.ask({ id, refused }))
      }),
    ],
    invariants: [
      endsWell,
      atEnd('the ends are seen', (facts) => {
        ends = endsOf(facts)
        return true
      }),
    ],
  })
  const { end, violations } = await runWorld({ scenario: asking, world: { seed }, settle, judges })
  assert.equal(end, 'rest', `seed ${seed}, ${style}: ${violations[0]?.text}`)
  return ends
}

test('a saga ends in the same way in both styles, in every world', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= seeds; seed += 1) {
    const [one, other] = [await endIn('orchestrated', seed), await endIn('choreographed', seed)]

    assert.deepEqual(other, one, `seed ${seed}`)
    assert.equal(Object.keys(one).length, 4)
    for (const each of Object.values(one)) seen.add(JSON.stringify(each))
  }
  assert.equal(seen.size, 2, 'completed, and compensated')
})

test('the shop keeps its promises in every world when its saga is passed on', async () => {
  await simulate(choreographedShop, { seeds: 200 })
})
