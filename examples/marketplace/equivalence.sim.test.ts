// Both styles of the checkout come to the same end. `npm run equivalence` runs 10,000 seeds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Saga } from 'dure'
import { type Scenario, simulate } from 'dure/simulate'
import { equivalence, patientCheckout } from './simulation.ts'
import { businessState } from './simulation/business-state.ts'
import { createMarketplace } from './system.ts'

test('the marketplace comes to the same business state in both styles, in every world', async () => {
  const { reached } = await simulate({ ...equivalence, count: 10 }, { seeds: 70 })

  for (const [name, worlds] of Object.entries(reached)) assert.ok(worlds >= 5, `${name}: ${worlds}`)
})

type Node = Saga['nodes'][number]

/** The scenario with another plan for the saga that is passed on. */
function planted(change: (node: Node) => readonly Node[]): Scenario {
  const saga: Saga = { ...patientCheckout, nodes: patientCheckout.nodes.flatMap(change) }
  const system = () => createMarketplace('choreographed', saga)
  return { ...equivalence, twin: { system, end: businessState } }
}

const differences = {
  'a step is not undone': [
    (node: Node) =>
      node.node === 'each' ? [{ ...node, undo: undefined, effect: 'none' as const }] : [node],
    /stock > \d\/\d > reserved is 0, and \d+ in its twin/,
  ],
  'a step is done twice': [
    (node: Node) => (node.name === 'order' ? [node, { ...node, name: 'order again' }] : [node]),
    /invoices > \d\/1\/b\d+ again is nothing, and {.*\.{3} in its twin/,
  ],
  'a step is left out': [
    (node: Node) => (node.name === 'ready' ? [] : [node]),
    /status is "READY_FOR_SHIPMENT", and "PAYMENT_PROCESSED" in its twin/,
  ],
} as const

for (const [name, [change, text]] of Object.entries(differences)) {
  test(`it is seen when ${name} in one of the styles`, async () => {
    await assert.rejects(simulate(planted(change), { seeds: 2 }), text)
  })
}
