import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { armAmbientTrap } from '../../src/adapters/node/ambient-trap.ts'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import type { DureError } from '../../src/language/errors.ts'
import { action, scenario, simulate } from '../../src/simulate/index.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import type { WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { type Leak, leaks, leakySystem, strike } from './ambient-system.ts'

const source = new URL('./ambient-system.ts', import.meta.url)

function coins(leak?: Leak, isSwallowed = false): Scenario {
  return scenario('coins', {
    system: () => leakySystem(leak, isSwallowed),
    actions: [action('strike', async (client) => void (await client.send(strike({ id: 'one' }))))],
    count: 3,
    faults: [],
  })
}

async function run(subject: Scenario): Promise<WorldResult> {
  using trap = armAmbientTrap()
  const world = { scenario: subject, world: { seed: 1 }, settle: settleImmediately, judges: [] }
  return await runWorld({ ...world, trap })
}

/** Where a leak is written: `ambient-system.ts:32`. */
function lineOf(leak: Leak): string {
  const lines = readFileSync(source, 'utf8').split('\n')
  return `ambient-system.ts:${lines.findIndex((line) => line.endsWith(`// leak: ${leak}`)) + 1}:`
}

const names: Readonly<Record<Leak, string>> = {
  decide: 'Date.now()',
  date: 'new Date()',
  evolve: 'Math.random()',
  prepare: 'setTimeout()',
  adapter: 'fetch()',
  named: 'crypto.randomUUID()',
  file: 'fs.readFileSync()',
}

// Why the cast: these are the keys of the leaks.
for (const leak of Object.keys(leaks) as Leak[]) {
  for (const isSwallowed of [false, true]) {
    const how = isSwallowed ? 'although its error is swallowed' : 'with its place'
    test(`${names[leak]} in ${leak} of a service is found, ${how}`, async () => {
      const { end, violations } = await run(coins(leak, isSwallowed))

      const [found] = violations
      assert.equal(end, 'violated')
      assert.equal(found?.invariant, 'nothing ambient')
      assert.ok(found.text.startsWith(`${names[leak]} is used at `), found.text)
      assert.ok(found.text.includes(lineOf(leak)), found.text)
    })
  }
}

test('a system that keeps to its ports is left alone, dates of given values and all', async () => {
  const { end, violations, operations } = await run(coins())

  assert.deepEqual([end, violations], ['rest', []])
  assert.ok(operations.ok > 0)
})

test('simulate arms the trap by itself, and takes it away', async () => {
  const before = [Date, Date.now, setTimeout, fetch, Math.random]

  await assert.rejects(simulate(coins('decide'), { seeds: 2 }), {
    code: 'SIMULATE_VIOLATED',
    message: /Date\.now\(\) is used at .*ambient-system\.ts:\d+/,
  })

  assert.deepEqual([Date, Date.now, setTimeout, fetch, Math.random], before)
  assert.equal(typeof Object.getOwnPropertyDescriptor(performance, 'now'), 'undefined')
})

test('whoever is watched is thrown SIMULATE_AMBIENT, and is left alone before and after', () => {
  const told: DureError[] = []
  using trap = armAmbientTrap()
  using inner = armAmbientTrap()
  const free = [Date.now(), leaks.named()]

  const watching = trap.watch((error) => told.push(error))
  inner[Symbol.dispose]()
  assert.throws(leaks.decide, { code: 'SIMULATE_AMBIENT' })
  watching[Symbol.dispose]()

  assert.equal(told.length, 1)
  assert.equal(told[0]?.details['name'], 'Date.now')
  assert.equal(free.length, 2)
  assert.ok(leaks.decide() > 0)
})

/** Has somebody watch for a moment, and gives what may be forgotten then. */
function watchOnce(trap: ReturnType<typeof armAmbientTrap>): WeakRef<object> {
  const world = { found: [] as unknown[] }
  trap.watch((error) => void world.found.push(error))[Symbol.dispose]()
  return new WeakRef(world)
}

test('a trap that stays armed forgets who watches no longer', async () => {
  setFlagsFromString('--expose-gc')
  // Why the cast: the flag puts it there.
  const collect = runInNewContext('gc') as () => void
  using trap = armAmbientTrap()
  const world = watchOnce(trap)
  await settleImmediately()
  collect()

  assert.equal(world.deref(), undefined)
  assert.ok(trap)
})
