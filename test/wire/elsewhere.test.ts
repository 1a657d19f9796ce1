import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryBroker, memoryStores } from '../../src/adapters/memory/index.ts'
import { readSettings } from '../../src/cli/config/read-settings.ts'
import { planFleet } from '../../src/cli/processes/plan-fleet.ts'
import { checkSystem } from '../../src/graph/index.ts'
import { gatewayOperations } from '../../src/gateway/index.ts'
import { service, system } from '../../src/index.ts'
import { startSystem } from '../../src/runtime/index.ts'
import { makeSystem } from '../../src/simulate/make-system.ts'
import { action, scenario } from '../../src/simulate/scenario.ts'
import { parcels, Postage } from './parcels.ts'

describe('a service that is not written with Dure', () => {
  it('is known by its contract: nothing is missing of what stands behind that', () => {
    assert.deepEqual(checkSystem(parcels()), [])
  })

  it('takes part in orchestrated sagas, and in no other', () => {
    const found = checkSystem(parcels('parcels', 'choreographed'))

    assert.deepEqual(
      found.map(({ code, where }) => [code, where]),
      [['SAGA_PARTICIPANT_ELSEWHERE', 'saga dispatch']],
    )
  })

  it('has a name of its own', () => {
    assert.throws(
      () => system('parcels', { services: [service(Postage, {})], elsewhere: [Postage] }),
      { code: 'LANGUAGE_DEFINITION_INVALID', message: /two services named "postage"/ },
    )
  })

  it('keeps a system from running where there is no way to it', async () => {
    const clock = virtualClock()
    const options = { stores: memoryStores(), broker: memoryBroker({ clock }), clock }

    await assert.rejects(startSystem(parcels(), options), {
      code: 'SYSTEM_ELSEWHERE',
      message: /"postage" of system "parcels" .*dure start.*--peers postage=/,
    })
  })

  it('cannot be simulated, and cannot be supervised', () => {
    const wait = action('wait', async () => undefined)
    const world = scenario('parcels', { system: () => parcels(), actions: [wait], invariants: [] })
    const { values } = readSettings({ environment: {}, options: {} })

    assert.throws(() => makeSystem(world), {
      code: 'SIMULATE_SYSTEM_INVALID',
      message: /"postage" .* cannot be simulated/,
    })
    assert.throws(() => planFleet(parcels(), values, () => []), {
      code: 'CONFIG_INVALID',
      message: /"postage" is not written with Dure/,
    })
  })

  it('is served to the outside where a gateway says so, and not by itself', () => {
    const types = gatewayOperations(parcels()).map(({ path }) => path)

    assert.ok(types.some((path) => path.includes('/order/')))
    assert.ok(!types.some((path) => path.includes('/postage/')))
  })
})
