import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately } from '../../../src/adapters/node/settle.ts'
import { shrink, type ShrinkProgress } from '../../../src/simulate/explain/shrink.ts'
import { action, atEnd, scenario } from '../../../src/simulate/scenario.ts'
import { runWorld } from '../../../src/simulate/world/world.ts'
import { Stock, StockItem, shop } from '../../systems/shop.ts'
import { runViolated, shrinkShop, violatedSeed, violatedSeeds } from './violated-shop.ts'

const invariant = 'reservations are of confirmed orders'

test('a violated world shrinks to at most a quarter of its faults, and still violates the same', async () => {
  for (const seed of violatedSeeds) {
    const { before, after, result, isMinimal, ...shrunk } = await shrinkShop(seed)

    assert.equal(shrunk.invariant, invariant)
    assert.ok(result.violations.some((each) => each.invariant === invariant))
    assert.ok(
      after.faults <= before.faults / 4,
      `seed ${seed}: ${after.faults} of ${before.faults}`,
    )
    assert.ok(after.actions <= 2 && after.partitions === 1 && isMinimal, `seed ${seed}`)
  }
})

test('no single fault or action can be taken from what is left', async () => {
  const { result } = await shrinkShop(violatedSeed)
  const { faults = [], actions = [] } = result.world
  assert.deepEqual([faults.length, actions.length], [1, 1])

  for (const less of [{ faults: [] }, { actions: [] }]) {
    const { violations } = await runViolated({ ...result.world, ...less })

    assert.deepEqual(violations, [])
  }
})

test('the smallest case is plain data, and runs again to the same end', async () => {
  const { result } = await shrinkShop(violatedSeed)

  // Why the cast: what is read is what was written.
  const read = JSON.parse(JSON.stringify(result.world)) as typeof result.world
  const again = await runViolated(read)

  assert.equal(again.hash, result.hash)
  assert.deepEqual(again.happenings, result.happenings)
})

test('shrinking twice gives the same', async () => {
  const [first, again] = [await shrinkShop(violatedSeed), await shrinkShop(violatedSeed)]

  assert.deepEqual(again.result.world, first.result.world)
  assert.equal(again.runs, first.runs)
})

test('each run is told, with what is left so far', async () => {
  const told: ShrinkProgress[] = []

  const { runs, after } = await shrinkShop(violatedSeed, {
    onProgress: (progress) => told.push(progress),
  })

  const faults = told.map(({ size }) => size.faults)
  assert.ok(told.length > 5 && told.length <= runs)
  assert.equal(faults.at(-1), after.faults)
  assert.ok(told.every((progress, index) => progress.runs >= (told[index - 1]?.runs ?? 0)))
})

test('it ends when there are no runs or steps left, or the caller says so, with what was reached', async () => {
  let asked = 0
  const late = { isOver: () => (asked += 1) > 3 }
  for (const limits of [{ limits: { runsMax: 3 } }, { limits: { stepsMax: 1 } }, late]) {
    const { isMinimal, runs, result } = await shrinkShop(violatedSeed, limits)

    assert.equal(isMinimal, false)
    assert.ok(runs <= 5, String(runs))
    assert.equal(result.violations[0]?.invariant, invariant)
  }
})

const supplies = scenario('supplies', {
  system: () => shop(),
  actions: [
    action('supply', async (client) => {
      await client.insist(Stock.supply({ item: 'tea', quantity: 1 }))
    }),
  ],
  invariants: [
    atEnd('there is little tea', (facts) => {
      const { available = 0 } = facts.states(StockItem).get('tea') ?? {}
      return available < 3 || `${available} tea`
    }),
  ],
})

test('services that have nothing to do with it are taken away, and faults that do not matter', async () => {
  const options = { scenario: supplies, settle: settleImmediately, judges: [] }
  const violated = await runWorld({ ...options, world: { seed: 1 } })

  const { after, result } = await shrink({ ...options, violated })

  assert.deepEqual([after.actions, after.faults, after.services, after.processes], [3, 0, 1, 1])
  assert.deepEqual(
    result.shape.processes.flatMap(({ services }) => services),
    ['stock'],
  )
})

test('a system that remembers earlier worlds is told so (SIMULATE_UNSTEADY)', async () => {
  let isBroken = true
  const moody = scenario('moody', {
    ...supplies,
    invariants: [atEnd('mood', () => !isBroken)],
  })
  const options = { scenario: moody, settle: settleImmediately, judges: [] }
  const violated = await runWorld({ ...options, world: { seed: 1 } })
  isBroken = false

  await assert.rejects(shrink({ ...options, violated }), { code: 'SIMULATE_UNSTEADY' })
})
