import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import type { System } from '../../src/index.ts'
import { shrink } from '../../src/simulate/explain/shrink.ts'
import { action, atEnd, type Facts, scenario, simulate } from '../../src/simulate/index.ts'
import type { Scenario, Twin } from '../../src/simulate/scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { Levels, shop, Stock, StockItem, StockService } from '../systems/shop.ts'
import { items } from './shop-scenario.ts'

const unitsOf = (facts: Facts): unknown => ({ items: facts.states(StockItem) })

/** Units come, in whatever order: how many there are in the end is what was asked for. */
function supplies(twin: Partial<Twin>): Scenario {
  return scenario('supplies', {
    system: () => shop(),
    twin: { system: () => shop(), end: unitsOf, ...twin },
    actions: [
      action('supply', async (client) => {
        const item = client.chance.pick(items)
        await client.insist(Stock.supply({ item, quantity: client.chance.between(1, 9) }))
      }),
    ],
  })
}

const [jam, oneJam] = [JSON.stringify('jam'), { item: 'jam', quantity: 1 }]

/** A shop that takes only one unit of jam each time. */
function stingyShop(): System {
  const { type } = Stock.supply
  const supply = StockItem.decide[type]
  const stingy: typeof supply = (state, command, context) =>
    supply?.(state, JSON.stringify(command).includes(jam) ? oneJam : command, context)
  const item = { ...StockItem, decide: { ...StockItem.decide, [type]: stingy } }
  const stock = { ...StockService, aggregates: [item] }
  const { services, ...rest } = shop()
  return { ...rest, services: services.map((each) => (each === StockService ? stock : each)) }
}

/** What is free, by its view: the states of the twin are those of another aggregate. */
const freeOf = (facts: Facts): unknown => facts.documents(Levels)

test('twins that come to the same end pass, and what both have done is told', async () => {
  const { twin: _twin, ...alone } = supplies({})
  const [one, both] = [
    await simulate(alone, { seeds: 20 }),
    await simulate(supplies({}), { seeds: 20 }),
  ]

  assert.equal(both.verdict, 'passed')
  assert.deepEqual([both.worlds, both.atRest], [20, 20])
  assert.equal(both.steps, 2 * one.steps)
  assert.equal(both.operations.ok, 2 * one.operations.ok)
  assert.ok(both.repeated > 0)
})

test('twins that come to different ends are found: where, what, and how to see it again', async () => {
  const found = await simulate(supplies({ system: stingyShop, end: freeOf }), { seeds: 3 }).catch(
    (error: unknown) => error,
  )

  assert.ok(found instanceof Error)
  assert.match(
    found.message,
    /"comes to the same end as its twin" does not hold in seed 1 and 2 others: jam > free is \d+, and \d+ in its twin/,
  )
  assert.match(found.message, /--scenario supplies --seed 1 /)
})

test('a difference may be in a list, a set or a map, or the lack of something; the first are told', async () => {
  const ends = [
    { list: [1, 2], set: new Set(['a']), map: new Map([[7, { x: 0 }]]), same: 1, kind: [] },
    { list: [1], set: new Set(['b']), map: new Map([[7, { x: 1 }]]), same: 1, kind: {} },
  ]
  let asked = 0
  const end = (): unknown => {
    asked += 1
    return ends[(asked + 1) % 2]
  }
  const many = (): unknown => {
    asked += 1
    return Array.from({ length: 9 }, () => asked)
  }

  const settle = settleImmediately
  const run = (twin: Partial<Twin>) =>
    runWorld({ scenario: supplies(twin), world: { seed: 1 }, settle, judges: [] })

  assert.equal(
    (await run({ end })).violations[0]?.text,
    'list > 1 is 2, and nothing in its twin; set > 0 is "a", and "b" in its twin; map > 7 > x is 0, and 1 in its twin; kind is [], and {} in its twin',
  )
  assert.match(
    (await run({ end: many })).violations[0]?.text ?? '',
    /^0 is 3, and 4 in its twin; .*; and 3 more$/,
  )
})

test('what only the twin breaks is said of the twin, and an end that cannot be told is a violation', async () => {
  const generous = atEnd('jam comes as it was asked for', (facts) => {
    const asked = facts.history.filter(({ data }) => JSON.stringify(data).includes(jam))
    const came = facts.events(Stock.Supplied).filter(({ data }) => data.item === 'jam')
    const lacking = came.find(({ data }) =>
      asked.every((each) => !isDeepStrictEqual(each.data, data)),
    )
    return !lacking || `${lacking.data.quantity} came that nobody asked for`
  })
  const end = (): never => {
    throw new TypeError('no such thing')
  }

  await assert.rejects(simulate(supplies({ end }), { seeds: 1 }), /cannot be judged: no such thing/)
  const stingy = { ...supplies({ system: stingyShop }), invariants: [generous] }
  await assert.rejects(
    simulate(stingy, { seeds: 1 }),
    /"jam comes as it was asked for" does not hold in seed 1: in its twin: 1 came/,
  )
})

test('a difference shrinks to the one action that makes it', async () => {
  const subject = supplies({ system: stingyShop, end: freeOf })
  const options = { scenario: subject, settle: settleImmediately, judges: [] }
  const violated = await runWorld({ ...options, world: { seed: 1 } })

  const { after, result } = await shrink({ ...options, violated })

  assert.equal(after.actions, 1)
  assert.match(result.violations[0]?.text ?? '', /jam > free/)
})
