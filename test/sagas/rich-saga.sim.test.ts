// A choice, nested sagas and steps that are sent again, in both styles: whatever happens once, in every way that there
// is; the same end in both styles; and in worlds in which everything fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import type { Facts } from '../../src/simulate/invariants/facts.ts'
import { action, atEnd, type Scenario, scenario, sometimes } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import {
  deedsOf,
  Door,
  endsWell,
  PatientRich,
  Rich,
  richScenario,
  richSteps,
  richSystem,
  richWays,
} from './rich-saga.ts'
import type { Style } from './small-saga.ts'
import { tryFaults } from './try-faults.ts'

const styles = ['choreographed', 'orchestrated'] as const

for (const style of styles) {
  test(`a rich saga that is ${style} ends well whatever happens once`, async (context) => {
    let worlds = 0
    for (const way of richWays) {
      for (const refused of [[], ...richSteps.map((step) => [step])]) {
        const first = richScenario(style, { way, refused, busyMs: 120 })
        const { later } = await tryFaults(first, [])
        worlds += 1
        if (refused.length > 0) continue
        for (const fault of later) await tryFaults(first, [fault])
        worlds += later.length
      }
    }
    context.diagnostic(`${worlds} worlds`)
    assert.ok(worlds > 150, String(worlds))
  })
}

for (const style of styles) {
  test(`a saga that is ${style} and waits to send its pivot again turns back at its deadline`, async () => {
    // Busy until after the deadline, and free before the last attempt.
    const first = { way: 'nothing', refused: [], busyMs: 3_000 } as const
    const { ends } = await tryFaults(richScenario(style, { ...first, refused: [] }), [])
    const last = ends.filter((end) => !end.endsWith('ing')).toSorted()
    assert.deepEqual(last, ['end|rich|compensated', 'end|rich|completed'])
  })
}

interface Asking {
  readonly system: Scenario['system']
  /** How long everybody may be busy, in milliseconds. */
  readonly busyMs: readonly number[]
  readonly invariants?: Scenario['invariants']
}

function askingScenario({ system, busyMs, invariants = [] }: Asking): Scenario {
  return scenario('rich', {
    system,
    count: 6,
    clients: 3,
    faultsMs: 2_000,
    actions: [
      action('ask', async (client) => {
        const id = `s${client.chance.between(1, 1e9)}`
        const refused = richSteps.filter(() => client.chance.happens(0.1))
        const way = client.chance.pick(richWays) ?? 'nothing'
        await client.insist(Door.ask({ id, way, refused, busyMs: client.chance.pick(busyMs) ?? 0 }))
      }),
    ],
    invariants: [endsWell, ...invariants],
  })
}

const reached = [
  ...richWays.map((way) =>
    sometimes(`${way} is gone to the end`, (facts) =>
      facts.sagas(Rich).some(({ key, status }) => {
        const asked = facts.events(Door.Asked).find(({ data }) => data.id === key)
        return status === 'completed' && asked?.data.way === way
      }),
    ),
  ),
  sometimes('somebody who was busy has done the work', (facts) =>
    facts.events(Door.Asked).some(({ data, meta }) => {
      const { done } = deedsOf(facts, data.id)
      return data.freeAtMs > meta.atMs && done.includes('charge-authorize')
    }),
  ),
  sometimes('somebody was busy for too long', (facts) =>
    facts.events(Door.Asked).some(({ data, meta }) => {
      const { status } = facts.sagas(Rich).find(({ key }) => key === data.id) ?? {}
      return data.freeAtMs > meta.atMs + 900 && status === 'compensated'
    }),
  ),
]

for (const style of styles) {
  test(`a rich saga that is ${style} ends well in every world`, async () => {
    const system = (): ReturnType<typeof richSystem> => richSystem(style)
    const invariants = reached
    await simulate(askingScenario({ system, busyMs: [0, 0, 150, 3_000], invariants }), {
      seeds: 120,
    })
  })
}

/** What has become of each instance, in the world of a seed. */
async function endIn(style: Style, seed: number): Promise<Readonly<Record<string, unknown>>> {
  let ends: Readonly<Record<string, unknown>> = {}
  const see = (facts: Facts): true => {
    const each = facts.events(Door.Asked).map(({ data: { id } }) => {
      const { done, undone } = deedsOf(facts, id)
      const status = facts.sagas(PatientRich).find(({ key }) => key === id)?.status
      return [id, { status, left: done.filter((step) => !undone.includes(step)) }] as const
    })
    ends = Object.fromEntries(each.toSorted(([one], [other]) => (one < other ? -1 : 1)))
    return true
  }
  const asking = askingScenario({
    system: () => richSystem(style, PatientRich),
    // Whether somebody has time before the last attempt must not depend on who is quicker, or on whose clock jumps.
    busyMs: [0, 0, 1e9],
    invariants: [atEnd('the ends are seen', see)],
  })
  const { end, violations } = await runWorld({ scenario: asking, world: { seed }, settle, judges })
  assert.equal(end, 'rest', `seed ${seed}, ${style}: ${violations[0]?.text}`)
  return ends
}

test('a rich saga ends in the same way in both styles, in every world', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= 80; seed += 1) {
    const [one, other] = [await endIn('orchestrated', seed), await endIn('choreographed', seed)]
    assert.deepEqual(other, one, `seed ${seed}`)
    for (const each of Object.values(one)) seen.add(JSON.stringify(each))
  }
  assert.ok(seen.size >= 4, [...seen].join('; '))
})
