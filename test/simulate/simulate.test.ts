import assert from 'node:assert/strict'
import { test } from 'node:test'
import { action, atEnd, scenario, simulate, sometimes } from '../../src/simulate/index.ts'
import { Stock } from '../systems/shop.ts'
import { shopScenario } from './shop-scenario.ts'

test('a scenario that holds passes, and the report says what was done', async () => {
  const report = await simulate(shopScenario, { seeds: 30 })

  assert.equal(report.verdict, 'passed')
  assert.deepEqual([report.worlds, report.atRest, report.violated], [30, 30, 0])
  assert.ok(report.repeated > 0)
  assert.ok(report.hit > 20 && Object.keys(report.struck).length > 15)
  assert.ok(report.operations.ok > 500 && report.commits > 1000 && report.steps > 1000)
  assert.ok((report.reached['an order is compensated'] ?? 0) > 10)
})

test('the same options give the same report', async () => {
  const options = { seeds: 5, from: 40 }

  assert.deepEqual(await simulate(shopScenario, options), await simulate(shopScenario, options))
})

/** Breaks in some worlds only. */
const teaRunsOut = atEnd('tea is left', (facts) =>
  facts.history.some(({ result }) => result === 'unknown') ? 'it is out' : true,
)

test('an invariant that does not hold is thrown, with the seed that replays it (SIMULATE_VIOLATED)', async () => {
  const broken = { ...shopScenario, invariants: [teaRunsOut] }
  const caught = await simulate(broken, { seeds: 20 }).catch((error: unknown) => error)

  assert.ok(caught instanceof Error)
  const [, seed = ''] =
    /"tea is left" does not hold in seed (\d+) and \d+ others: it is out/.exec(caught.message) ?? []
  assert.match(caught.message, new RegExp(`dure simulate <file> --scenario shop --seed ${seed} `))
  await assert.rejects(simulate(broken, { seed: Number(seed) }), {
    code: 'SIMULATE_VIOLATED',
    message: new RegExp(`"tea is left" does not hold in seed ${seed}: it is out`),
  })
})

test('a replay has the faults that were asked for', async () => {
  const faults = ['answer lost'] as const
  const broken = { ...shopScenario, invariants: [teaRunsOut] }

  await assert.rejects(simulate(broken, { seeds: 20, faults }), /--faults 'answer lost'/)
  await simulate(broken, { seeds: 5, faults: [] })
})

test('a batch that never reaches a "sometimes" has failed', async () => {
  const never = sometimes('the moon is reached', () => false)

  await assert.rejects(simulate({ ...shopScenario, invariants: [never] }, { seeds: 3 }), {
    code: 'SIMULATE_VIOLATED',
    message: /No world has reached "the moon is reached"/,
  })
})

test('a batch in which no asked fault strikes is invalid, never passed (SIMULATE_INVALID)', async () => {
  await assert.rejects(simulate(shopScenario, { seeds: 8, faults: ['maybe'] }), {
    code: 'SIMULATE_INVALID',
    message: /did not strike: 0 of 8 worlds/,
  })
})

test('a batch in which nothing is asked, or nothing succeeds, is invalid', async () => {
  const { system } = shopScenario
  const idle = scenario('idle', { system, actions: [action('pause', (client) => client.pause(1))] })
  const refused = scenario('refused', {
    system,
    actions: [
      action('ask', async (client) => void (await client.ask(Stock.item({ item: 'none' })))),
    ],
  })

  await assert.rejects(simulate(idle, { seeds: 5 }), /Nothing was asked of the system/)
  await assert.rejects(simulate(refused, { seeds: 5 }), /Nearly nothing succeeded: .* rejected/)
})

test('a world that is not the same twice breaks the batch (SIMULATE_UNSTEADY)', async () => {
  let runs = 0
  const pauses = action('pause', async (client) => {
    runs += 1
    await client.pause(runs)
  })
  const unsteady = { ...shopScenario, actions: [...shopScenario.actions, pauses] }

  await assert.rejects(simulate(unsteady, { seeds: 5 }), {
    code: 'SIMULATE_UNSTEADY',
    message: /Seed 1 gave two different runs \([0-9a-f]{8} and [0-9a-f]{8}\)/,
  })
})

test('a world that never ends is found, with the seed that replays it', async () => {
  const naps = action('nap', async (client) => {
    for (;;) await client.pause(1_000)
  })

  await assert.rejects(simulate({ ...shopScenario, actions: [naps] }, { seeds: 3 }), {
    code: 'SIMULATE_VIOLATED',
    message:
      /"comes to rest" does not hold in seed 1[^]*"pause of client \d" \d+ times[^]*--seed 1 /,
  })
})

test('a system that cannot be made is told of with its place (SIMULATE_SYSTEM_INVALID)', async () => {
  const throws = (): never => {
    throw new TypeError('no shop today')
  }
  await assert.rejects(simulate({ ...shopScenario, system: throws }, { from: 7 }), {
    code: 'SIMULATE_SYSTEM_INVALID',
    message:
      /^"system" of scenario "shop" throws for seed 7: no shop today \(.*simulate\.test\.ts:\d+:\d+\)\. Mend/,
    details: { scenario: 'shop', seed: 7 },
  })
  // Why the cast: a file in JavaScript is not checked.
  const none = (() => () => undefined) as unknown as () => never
  await assert.rejects(simulate({ ...shopScenario, system: none }), {
    code: 'SIMULATE_SYSTEM_INVALID',
    message: /^"system" of scenario "shop" gives no system for seed 1\. Give what system\(/,
  })
})

test('numbers that mean nothing are refused', async () => {
  for (const options of [{ seeds: 0 }, { from: -1 }, { seed: 1.5 }]) {
    await assert.rejects(simulate(shopScenario, options), /give a whole number above 0/)
  }
})
