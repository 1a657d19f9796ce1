import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aggregate,
  composed,
  contract,
  gateway,
  orchestrated,
  policy,
  route,
  saga,
  service,
  view,
} from 'dure'
import { checkSystem } from '../../src/graph/index.ts'
import {
  Absent,
  Bulb,
  findingsOf,
  house,
  Key,
  Lamp,
  lamp,
  looseSaga,
  Nothing,
  queries,
} from '../systems/house.ts'
import shop from '../systems/shop/system.ts'

describe('checkSystem', () => {
  it('finds nothing wrong with a sound system', () => {
    assert.deepEqual(checkSystem(shop), [])
  })

  it('says what is so and what to do, and takes the level from the catalogue', () => {
    const [first] = checkSystem(house({ services: [service(Lamp, { queries })] }))

    assert.deepEqual(first, {
      code: 'COMMAND_UNDECIDED',
      level: 'error',
      where: 'service lamp',
      message:
        'No aggregate decides lamp.light. Add decide.light to an aggregate of the service, or take the command out of the contract.',
    })
  })

  it('lists errors before warnings', () => {
    const unsound = service(Lamp, { queries })
    const levels = checkSystem(house({ services: [unsound] })).map(({ level }) => level)

    assert.deepEqual(levels, levels.toSorted())
    assert.ok(new Set(levels).size === 2)
  })

  it('finds commands that nothing decides and queries that nothing answers', () => {
    const loose = service as (contract: unknown, spec: unknown) => typeof lamp

    const findings = findingsOf({ services: [loose(Lamp, { aggregates: [] })] })

    assert.deepEqual(findings, [
      'COMMAND_UNDECIDED in service lamp',
      'COMMAND_UNDECIDED in service lamp',
      'QUERY_UNANSWERED in service lamp',
      'EVENT_UNUSED in service lamp',
      'EVENT_UNUSED in service lamp',
    ])
  })

  it('finds events that are followed although no decision makes them', () => {
    const Bell = contract('bell', {
      commands: { ring: { input: Key } },
      events: { Rung: Key, Cracked: Key },
    })
    const bell = service(Bell, {
      aggregates: [
        aggregate(Bell, 'bell', {
          key: ({ id }) => id,
          initial: () => ({}),
          decide: { ring: (_, command) => Bell.Rung(command) },
          evolve: {},
        }),
      ],
      policies: [
        policy('on-crack').on(Bell.Cracked, ({ id }) => Lamp.dim({ id })),
        policy('on-ring').on(Bell.Rung, ({ id }) => Lamp.dim({ id })),
      ],
    })

    assert.deepEqual(findingsOf({ services: [lamp, bell] }), ['EVENT_NEVER_MADE in service bell'])
  })

  it('finds names that read like the other kind of message', () => {
    const Odd = contract('odd', { commands: { Ring: { input: Key } }, events: { rung: Key } })
    const odd = service(Odd, {
      aggregates: [
        aggregate(Odd, 'odd', {
          key: ({ id }) => id,
          initial: () => ({}),
          decide: { Ring: (_, command) => Odd.rung(command) },
          evolve: { rung: (state) => state },
        }),
      ],
    })

    assert.deepEqual(findingsOf({ services: [odd] }), [
      'NAME_UNUSUAL in service odd',
      'NAME_UNUSUAL in service odd',
    ])
  })

  it('finds views, policies and sagas that wait for services outside the system', () => {
    const curious = service(Lamp, {
      aggregates: [Bulb],
      queries,
      views: [
        view('calls', { document: Nothing }).on(Absent.Called, {
          key: () => '',
          evolve: () => ({}),
        }),
      ],
      policies: [policy('answer').on(Absent.Called, () => Lamp.dim({ id: '1' }))],
    })
    const evening = saga('evening', { input: Nothing, key: () => '', deadlineMs: 1 })
      .startsOn(Absent.Called, () => ({}))
      .pivot('dim', { run: () => Lamp.dim({ id: '1' }) })

    const findings = findingsOf({
      services: [curious],
      sagas: [orchestrated(evening, { by: Lamp })],
    })

    assert.deepEqual(findings, [
      'EVENT_SOURCE_MISSING in service lamp, view calls',
      'EVENT_SOURCE_MISSING in service lamp, policy answer',
      'EVENT_SOURCE_MISSING in saga evening',
    ])
  })

  it('finds commands and queries to services outside the system, wherever they are sent', () => {
    const calling = service(Lamp, {
      aggregates: [Bulb],
      queries,
      policies: [policy('call').on(Lamp.Lit, () => Absent.call({}))],
    })
    const evening = looseSaga()
      .step('call', { run: () => Absent.call({}), undo: () => Absent.call({}) })
      .otherwise(() => Absent.call({}))
    const door = gateway('door', {
      routes: [
        route('POST /call', Absent.call),
        composed('POST /both', async (_, calls) => {
          await calls.command(Absent.call({}))
          return { status: 200 }
        }),
      ],
    })

    const findings = findingsOf({
      services: [calling],
      sagas: [orchestrated(evening, { by: Lamp })],
      gateways: [door],
    })

    assert.deepEqual(findings, [
      'COMMAND_TARGET_MISSING in service lamp, policy call',
      'COMMAND_TARGET_MISSING in saga evening, step call',
      'COMMAND_TARGET_MISSING in saga evening, step call, undo',
      'COMMAND_TARGET_MISSING in saga evening, otherwise',
      'COMMAND_TARGET_MISSING in gateway door, POST /call',
      'COMMAND_TARGET_MISSING in gateway door, POST /both',
    ])
  })

  it('finds members that another contract of the same name has', () => {
    const Other = contract('lamp', {
      commands: { smash: { input: Key } },
      events: { Smashed: Key },
    })
    const mixed = service(Lamp, {
      aggregates: [Bulb],
      queries,
      policies: [policy('mix').on(Other.Smashed, ({ id }) => Other.smash({ id }))],
    })

    assert.deepEqual(findingsOf({ services: [mixed] }), [
      'EVENT_SOURCE_MISSING in service lamp, policy mix',
      'COMMAND_TARGET_MISSING in service lamp, policy mix',
    ])
  })
})
