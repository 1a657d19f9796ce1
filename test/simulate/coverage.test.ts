import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import { always, sometimes } from '../../src/simulate/index.ts'
import { defaultJudges } from '../../src/simulate/default-judges.ts'
import { runBatch, seedsFrom } from '../../src/simulate/search/batch.ts'
import { type Coverage, coverageOf, type CoverageRow } from '../../src/simulate/search/coverage.ts'
import type { WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { shopScenario } from './shop-scenario.ts'

function run(seed: number, changed: Partial<typeof shopScenario> = {}): Promise<WorldResult> {
  const scenario = { ...shopScenario, ...changed }
  return runWorld({ scenario, world: { seed }, settle: settleImmediately, judges: [] })
}

async function cover(seeds: number, changed: Partial<typeof shopScenario>): Promise<Coverage> {
  const scenario = { ...shopScenario, ...changed }
  const worlds = seedsFrom(1, seeds)
  const { marks } = await runBatch({ scenario, worlds, settle: settleImmediately, judges: [] })
  return coverageOf(scenario, marks)
}

function rowOf(coverage: Coverage, name: string): CoverageRow {
  const found = coverage.find((row) => row.name === name)
  assert.ok(found, name)
  return found
}

test('a world without faults has marks of what was done, and none of faults', async () => {
  const { marks, messages } = await run(3, { faults: [] })

  for (const mark of [
    'command|order.place',
    'event|stock.Reserved',
    'aggregate|payment|charge',
    'message|stock|stock.reserve|-',
    'saga|place-order|new|order.Placed|-',
    'saga|place-order|running|payment.pay|-',
    'step|place-order|confirm',
    'end|place-order|completed',
  ]) {
    assert.ok(marks.includes(mark), mark)
  }
  assert.ok(messages > 40)
  assert.deepEqual(
    marks.filter((mark) => /^(?:message|saga)\|/.test(mark) && !mark.endsWith('|-')),
    [],
  )
})

test('what is handled where a fault has just struck is marked with the fault', async () => {
  const marks = new Set<string>()
  for (let seed = 1; seed <= 10; seed += 1) {
    for (const mark of (await run(seed, { faults: ['crash', 'crash after commit'] })).marks)
      marks.add(mark)
  }

  const faults = new Set([...marks].map((mark) => /^(?:message|saga)\|.*\|(.*)$/.exec(mark)?.[1]))
  assert.deepEqual(faults, new Set(['-', 'crash', 'crash after commit', undefined]))
  for (const service of ['stock', 'payment', 'order'])
    assert.ok(marks.has(`crash|crash|${service}`))
})

test('coverage says what of the system was exercised, and names what was not', async () => {
  const coverage = await cover(8, { faults: ['crash', 'message repeated'] })

  for (const name of ['commands', 'events', 'aggregates', 'views', 'undos of sagas']) {
    const { reached, reachable, missed } = rowOf(coverage, name)
    assert.deepEqual([reached, missed], [reachable, []], name)
  }
  assert.deepEqual(rowOf(coverage, 'queries'), {
    name: 'queries',
    reached: 0,
    reachable: 3,
    missed: ['stock.item', 'payment.spent', 'order.status'],
  })
  assert.equal(rowOf(coverage, 'crash points x services').reachable, 3)
  const pairs = rowOf(coverage, 'saga states x messages x faults')
  assert.equal(pairs.reachable, 2 * 4)
  assert.ok(pairs.reached > 0)
})

test('what no action leads to is missed', async () => {
  const supply = shopScenario.actions.filter(({ name }) => name === 'supply')
  const coverage = await cover(3, { actions: supply, faults: [] })

  assert.deepEqual(rowOf(coverage, 'commands').reached, 1)
  assert.ok(rowOf(coverage, 'commands').missed.includes('order.place'))
  assert.deepEqual(rowOf(coverage, 'steps of sagas').missed[0], 'place-order, stock')
  assert.deepEqual(rowOf(coverage, 'ends of sagas').reached, 0)
})

test('a judge that finds nothing to judge is missed', async () => {
  const scenario = { ...shopScenario, actions: shopScenario.actions.slice(1), faults: [] }
  const worlds = seedsFrom(1, 2)
  const own = { settle: settleImmediately, judges: defaultJudges }
  const { marks } = await runBatch({ scenario, worlds, ...own })

  const { missed } = rowOf(coverageOf(scenario, marks), 'invariants and judges that looked')
  assert.ok(missed.includes('a parked message is taken up once'), missed.join())
  assert.ok(
    missed.some((name) => name.startsWith('a saga ends in one way')),
    missed.join(),
  )
  assert.ok(!missed.includes('a cursor goes on where it was'), missed.join())
})

test('an invariant that never finds anything to look at is missed', async () => {
  const invariants = [
    always('looks', (facts) => facts.history.length > 0),
    sometimes('sees nothing', () => false),
  ]
  const coverage = await cover(2, { invariants })

  assert.deepEqual(rowOf(coverage, 'invariants and judges that looked').missed, ['sees nothing'])
})
