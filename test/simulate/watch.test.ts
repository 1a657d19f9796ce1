import assert from 'node:assert/strict'
import { test } from 'node:test'
import { action, scenario, spot, watch } from '../../src/simulate/scenario.ts'
import type { WorldResult } from '../../src/simulate/world/world-result.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { shop, Stock } from '../systems/shop.ts'

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A shop that gets one unit of tea before anything fails, and five more one by one. */
const teaShop = scenario('tea shop', {
  system: () => shop(),
  prepare: async (client) => void (await client.insist(Stock.supply({ item: 'tea', quantity: 1 }))),
  actions: [
    action('supply', async (client) => {
      await client.insist(Stock.supply({ item: 'tea', quantity: 1 }))
    }),
  ],
  count: 5,
})

function run(invariant: ReturnType<typeof watch>, seed = 1): Promise<WorldResult> {
  const world = { seed }
  return runWorld({ scenario: { ...teaShop, invariants: [invariant] }, world, settle, judges: [] })
}

const counter = (): { units: number } => ({ units: 0 })

test('a watch sees each event once, those of prepare included, in every world anew', async () => {
  const six = watch('six units come', counter)
    .on(Stock.Supplied, (account, { data }) => {
      account.units += data.quantity
      return true
    })
    .atRest(({ units }) => units === 6 || `there are ${units}`)

  for (const seed of [1, 2, 3]) {
    const { end, violations } = await run(six, seed)
    assert.deepEqual([end, violations], ['rest', []])
  }
})

test('what a watch finds is a violation, at the step at which it happened', async () => {
  const few = watch('at most three units', counter).on(Stock.Supplied, (account, { data }) => {
    account.units += data.quantity
    return account.units <= 3 || `there are ${account.units}`
  })

  const { end, steps, violations } = await run(few)

  assert.equal(end, 'violated')
  assert.deepEqual(
    violations.map(({ invariant, text, step }) => ({ invariant, text, step })),
    [{ invariant: 'at most three units', text: 'there are 4', step: steps }],
  )
})

test('what a watch finds at rest is a violation', async () => {
  const more = watch('seven units come', counter).atRest(() => 'one is missing')

  assert.equal((await run(more)).violations[0]?.text, 'one is missing')
})

test('a spot is reached when it says so, and is no promise', async () => {
  const third = spot('a third unit comes', counter).on(Stock.Supplied, (account, { data }) => {
    account.units += data.quantity
    return account.units === 3
  })
  const tenth = spot('a tenth unit comes', counter).on(Stock.Supplied, () => false)

  assert.deepEqual((await run(third)).reached, ['a third unit comes'])
  const { end, reached } = await run(tenth)
  assert.deepEqual([end, reached], ['rest', []])
})

test('a judge that throws has found something', async () => {
  const broken = watch('broken', counter).on(Stock.Supplied, () => {
    throw new TypeError('no such thing')
  })

  assert.match((await run(broken)).violations[0]?.text ?? '', /cannot be judged: no such thing/)
})

test('facts count the lives of processes', async () => {
  const starts = new Set<number>()
  const count = watch('lives', counter).on(Stock.Supplied, (_account, _event, facts) => {
    starts.add(facts.starts)
    return true
  })

  for (let seed = 1; seed <= 20; seed += 1) await run(count, seed)

  assert.ok(starts.size > 2, [...starts].join())
})

test('a watch has looked at something when one of its events has come', async () => {
  const seen = watch('sees supplies', counter).on(Stock.Supplied, () => true)
  const blind = watch('sees nothing', counter).on(Stock.Released, () => true)

  assert.ok((await run(seen)).marks.includes('judge|sees supplies'))
  assert.ok(!(await run(blind)).marks.includes('judge|sees nothing'))
})
