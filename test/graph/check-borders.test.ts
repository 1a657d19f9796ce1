import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aggregate, bind, gateway, port, route, service } from 'dure'
import { findingsOf, Lamp, Nothing, queries } from '../systems/house.ts'

describe('checkSystem, of ports and gateways', () => {
  it('finds driven ports that are unbound, bound twice, ambiguous, unused or undeclared', () => {
    const operations = { ring: { input: Nothing, output: Nothing } }
    const adapter = { ring: async () => ({}) }
    const Unbound = port('unbound', operations)
    const Twice = port('twice', operations)
    const Unused = port('unused', operations)
    const Undeclared = port('undeclared', operations)
    const needing = service(Lamp, {
      aggregates: [
        aggregate(Lamp, 'bulb', {
          key: ({ id }) => id,
          initial: () => ({}),
          prepare: { light: (_, { use }) => use(Undeclared).ring({}) },
          decide: {
            light: (_, command) => Lamp.Lit(command),
            dim: (_, command) => Lamp.Dimmed(command),
          },
          evolve: { Lit: (state) => state, Dimmed: (state) => state },
        }),
      ],
      queries,
      ports: [Unbound, Twice, port('ambiguous', operations)],
    })

    const findings = findingsOf({
      services: [needing],
      adapters: [
        bind(Twice, adapter),
        bind(Twice, adapter),
        bind(Unused, adapter),
        bind(port('ambiguous', operations), adapter),
      ],
    })

    assert.deepEqual(findings, [
      'PORT_UNBOUND in port unbound',
      'PORT_BOUND_TWICE in port twice',
      'PORT_AMBIGUOUS in port ambiguous',
      'PORT_UNDECLARED in service lamp',
      'PORT_UNUSED in port unused',
    ])
  })

  it('finds routes of two gateways that take the same requests', () => {
    const front = gateway('front', { routes: [route('GET /lamps/{id}', Lamp.lamp)] })
    const back = gateway('back', {
      routes: [route('GET /lamps/{lampId}', Lamp.lamp), route('POST /lamps/{id}', Lamp.dim)],
    })

    assert.deepEqual(findingsOf({ gateways: [front, back] }), [
      'ROUTE_TWICE in gateway back, GET /lamps/{lampId}',
    ])
  })

  it('finds routes on paths that every gateway answers by itself', () => {
    const front = gateway('front', { routes: [route('GET /health', Lamp.lamp)] })

    assert.deepEqual(findingsOf({ gateways: [front] }), [
      'ROUTE_RESERVED in gateway front, GET /health',
    ])
  })
})
