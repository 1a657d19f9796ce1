import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import { DureError, maybe } from '../../src/index.ts'
import { decideMaybe } from '../../src/language/maybe.ts'
import type { WorldCase, WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { shop } from '../systems/shop.ts'
import { shopScenario } from './shop-scenario.ts'

const point = 'the bank is closed'

/** The shop with a bank that has a point of failure. Counts how often that failed. */
async function run(
  world: WorldCase,
  faults: readonly ('maybe' | 'message delayed')[] = ['maybe'],
): Promise<WorldResult & { readonly failures: number }> {
  let failures = 0
  const system = () =>
    shop({
      charge: async ({ cents }) => {
        if (!maybe(point, 0.5)) return { accepted: cents < 1_000 }
        failures += 1
        throw new DureError('COMMAND_PREPARE_FAILED', 'The bank is closed.')
      },
    })
  const scenario = { ...shopScenario, system, faults, invariants: [] }
  const result = await runWorld({ scenario, world, settle: settleImmediately, judges: [] })
  return { ...result, failures }
}

test('a named point fails in worlds that have the fault, and is told of', async () => {
  const found = { bad: 0, calm: 0 }
  for (let seed = 1; seed <= 20; seed += 1) {
    const { failures, struck, strengths, end } = await run({ seed })

    assert.equal(end, 'rest')
    assert.deepEqual(
      struck.map(({ kind, place }) => [kind, place]),
      Array.from({ length: failures }, () => ['maybe', point]),
    )
    if (failures > 0) assert.ok(strengths.maybe !== undefined)
    found[failures > 0 ? 'bad' : 'calm'] += 1
  }
  assert.ok(found.bad > 3 && found.calm > 3, JSON.stringify(found))
})

test('a named point fails in no world without the fault, nor where it is masked', async () => {
  let masked = 0
  for (let seed = 1; seed <= 8; seed += 1) {
    const { struck, failures } = await run({ seed })
    const [first] = struck

    assert.equal((await run({ seed }, ['message delayed'])).failures, 0)
    assert.equal((await run({ seed, faults: [] })).failures, 0)
    if (first === undefined || failures < 2) continue
    assert.equal((await run({ seed, faults: [first.id] })).failures, 1)
    masked += 1
  }
  assert.ok(masked > 0)
})

test('a named point never fails outside of a simulation, before it and after it', async () => {
  const before = Array.from({ length: 100 }, () => maybe(point, 1))
  await run({ seed: 1 })
  const after = Array.from({ length: 100 }, () => maybe(point, 1))

  assert.ok(![...before, ...after].includes(true))
})

test('a named point is decided by the last world that began, until that ends', () => {
  using outer = decideMaybe((name) => name === 'outer')
  const inner = decideMaybe((name, probability) => name === 'inner' && probability === 0.1)

  const within = [maybe('outer'), maybe('inner')]
  inner[Symbol.dispose]()
  const without = [maybe('outer'), maybe('inner')]
  outer[Symbol.dispose]()

  assert.deepEqual(
    [within, without],
    [
      [false, true],
      [true, false],
    ],
  )
  assert.equal(maybe('outer'), false)
})
