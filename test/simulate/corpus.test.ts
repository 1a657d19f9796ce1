import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import {
  keptWorldsMax,
  mutationShare,
  openCorpus,
  parseCorpus,
  searchWorlds,
} from '../../src/simulate/search/corpus.ts'
import { createChance } from '../../src/simulate/world/chance.ts'
import type { WorldCase, WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { shopScenario } from './shop-scenario.ts'

test('a world is kept when it has reached something new', () => {
  const corpus = openCorpus('shop')

  assert.deepEqual(corpus.learn({ seed: 1 }, ['a', 'b']), ['a', 'b'])
  assert.deepEqual(corpus.learn({ seed: 2 }, ['a']), [])
  assert.deepEqual(corpus.learn({ seed: 3 }, ['a', 'c']), ['c'])
  assert.equal(corpus.size, 2)
})

test('what was kept is known after reading it again', () => {
  const corpus = openCorpus('shop')
  corpus.learn({ seed: 1 }, ['a'])
  const file = parseCorpus('shop', corpus.encode(8))

  assert.equal(file.nextSeed, 8)
  assert.deepEqual(openCorpus('shop', file.worlds).learn({ seed: 9 }, ['a', 'd']), ['d'])
})

test('a full corpus lets go of the world that was first with the least', () => {
  const corpus = openCorpus('shop')
  corpus.learn({ seed: 1 }, ['poor'])
  for (let seed = 2; seed <= keptWorldsMax + 1; seed += 1) {
    corpus.learn({ seed }, [`${seed} a`, `${seed} b`])
  }
  const { worlds } = parseCorpus('shop', corpus.encode(1))

  assert.equal(worlds.length, keptWorldsMax)
  assert.ok(!worlds.some(({ world }) => world.seed === 1))
})

test('a text that is no corpus, or one of another scenario, is refused', () => {
  const code = 'SIMULATE_CORPUS_INVALID'
  const other = openCorpus('bank').encode(1)

  assert.throws(() => parseCorpus('shop', '{'), { code, message: /A corpus is JSON/ })
  for (const text of ['null', '[]', '{"format":2}', other.replace('1', '0')]) {
    assert.throws(() => parseCorpus('shop', text), { code, message: /This is no corpus/ })
  }
  assert.throws(() => parseCorpus('shop', other.replace('"nextSeed": 1', '"nextSeed": 0')), {
    code,
  })
  assert.throws(() => parseCorpus('shop', other), {
    code,
    message: /of scenario "bank", not of "shop"/,
  })
})

test('an entry of a corpus that is not usable is refused, and named', () => {
  const good = { world: { seed: 1 }, marks: ['a'] }
  const bad: readonly unknown[] = [
    null,
    {},
    { world: { seed: 1 } },
    { world: { seed: 1 }, marks: [7] },
    { world: { seed: 1, calm: 'x' }, marks: [] },
    { world: { seed: 1, action: [5] }, marks: [] },
    { world: { seed: 1.5 }, marks: [] },
  ]
  for (const entry of bad) {
    const file = { format: 1, scenario: 'shop', nextSeed: 2, worlds: [good, entry] }
    assert.throws(() => parseCorpus('shop', JSON.stringify(file)), {
      code: 'SIMULATE_CORPUS_INVALID',
      message: /^Entry 2 of "worlds" is not usable: .* Take it out, or delete the file\.$/,
    })
  }
})

test('a search runs seeds in their order, and a share of mutations between them', () => {
  const corpus = openCorpus('shop')
  for (const seed of [1_000_001, 1_000_002]) corpus.learn({ seed }, [`${seed}`])
  const searched = searchWorlds({ from: 10, count: 1_000, corpus })
  const worlds = [...searched.worlds]

  const plain = worlds.map(({ world }) => world).filter((world) => world.loadSeed === undefined)
  assert.deepEqual(
    plain.map(({ seed }) => seed),
    plain.map((_, index) => 10 + index),
  )
  assert.equal(searched.nextSeed, 10 + plain.length)
  assert.ok(Math.abs(1 - plain.length / 1_000 - mutationShare) < 0.05)
})

test('nothing can be mutated while there is one world', () => {
  const corpus = openCorpus('shop')
  corpus.learn({ seed: 1 }, ['a'])

  assert.equal(corpus.mutate(createChance(1)), undefined)
})

function run(world: WorldCase): Promise<WorldResult> {
  return runWorld({ scenario: shopScenario, world, settle: settleImmediately, judges: [] })
}

test('a mutation takes the faults of one world and leaves the rest, and is the same each time', async () => {
  const [plain, mixed, again] = [
    await run({ seed: 4 }),
    await run({ seed: 4, faultSeed: 6 }),
    await run({ seed: 4, faultSeed: 6 }),
  ]

  assert.deepEqual(mixed.strengths, (await run({ seed: 6 })).strengths)
  assert.deepEqual(mixed.shape, plain.shape)
  assert.equal(mixed.hash, again.hash)
  assert.notEqual(mixed.hash, plain.hash)
})

test('a mutation takes the load of another world', async () => {
  const ordersOf = async (world: WorldCase): Promise<number> => {
    let orders = 0
    const actions = shopScenario.actions.map((action) => ({
      ...action,
      run: async () => {
        if (action.name === 'order') orders += 1
      },
    }))
    const scenario = { ...shopScenario, actions }
    await runWorld({ scenario, world, settle: settleImmediately, judges: [] })
    return orders
  }
  const counts = await Promise.all(
    [{ seed: 4 }, { seed: 9 }, { seed: 4, loadSeed: 9 }].map((world) => ordersOf(world)),
  )

  assert.notEqual(counts[0], counts[1])
  assert.equal(counts[2], counts[1])
})
