// The marketplace in worlds that fail: many thousand seeds have been run; each run of the tests looks at some.
import { test } from 'node:test'
import { simulate } from 'dure/simulate'
import { choreographedMarketplace, marketplaceSimulation } from './simulation.ts'

test('the marketplace keeps its promises in every world', async () => {
  await simulate(marketplaceSimulation, { seeds: 500 })
})

test('so it does when the checkout is passed on from service to service', async () => {
  await simulate(choreographedMarketplace, { seeds: 250 })
})
