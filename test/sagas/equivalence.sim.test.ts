// Both styles come to the same end: the same instances, and the same of their steps are left, whatever fails on the way.
import { test } from 'node:test'
import type { Facts } from '../../src/simulate/invariants/facts.ts'
import { action, scenario, sometimes } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { choreographedShop } from '../simulate/shop-scenario.ts'
import { Desk, deedsOf, endsWell, Patient, smallSystem, steps } from './small-saga.ts'

/** What has become of each instance. */
function endsOf(facts: Facts): ReadonlyMap<string, unknown> {
  return new Map(
    facts.events(Desk.Asked).map(({ data: { id } }) => {
      const status = facts.sagas(Patient).find(({ key }) => key === id)?.status
      const { done, undone } = deedsOf(facts, id)
      // What was done beside a step that was refused, and is undone, depends on who was quicker.
      return [id, { status, left: done.filter((step) => !undone.includes(step)) }]
    }),
  )
}

const small = scenario('small', {
  system: () => smallSystem('orchestrated', Patient),
  twin: { system: () => smallSystem('choreographed', Patient), end: endsOf },
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
    ...(['completed', 'compensated'] as const).map((end) =>
      sometimes(`an instance is ${end}`, (facts) =>
        facts.sagas(Patient).some(({ status }) => status === end),
      ),
    ),
  ],
})

test('a saga ends in the same way in both styles', async () => {
  await simulate(small, { seeds: 300 })
})

test('the shop keeps its promises in every world when its saga is passed on', async () => {
  await simulate(choreographedShop, { seeds: 200 })
})
