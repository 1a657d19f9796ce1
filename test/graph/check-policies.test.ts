import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policy, service } from 'dure'
import { checkSystem } from '../../src/graph/index.ts'
import { Bulb, findingsOf, house, Lamp, queries } from '../systems/house.ts'

describe('checkSystem, of policies', () => {
  it('finds policies whose command may be rejected', () => {
    const eager = service(Lamp, {
      aggregates: [Bulb],
      queries,
      policies: [policy('light-again').on(Lamp.Dimmed, ({ id }) => Lamp.light({ id }))],
    })

    assert.deepEqual(findingsOf({ services: [eager] }), [
      'POLICY_COMMAND_REJECTABLE in service lamp, policy light-again',
    ])
  })

  it('finds policies that lead in a circle, once for each circle', () => {
    const restless = service(Lamp, {
      aggregates: [Bulb],
      queries,
      policies: [
        policy('dim-what-is-lit').on(Lamp.Lit, ({ id }) => Lamp.dim({ id })),
        policy('light-what-is-dim').on(Lamp.Dimmed, ({ id }) => Lamp.light({ id })),
      ],
    })

    const cycles = checkSystem(house({ services: [restless] })).filter(
      ({ code }) => code === 'POLICY_CYCLE',
    )

    assert.equal(cycles.length, 1)
    assert.match(cycles[0]?.message ?? '', /lamp\.Lit -> lamp\.Dimmed -> lamp\.Lit/)
  })
})
