// Two sagas that take two locks in different orders: refused before they run, and where they run all the same, the
// deadline of a lock resolves it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settleImmediately as settle } from '../../src/adapters/node/settle.ts'
import { checkSystem } from '../../src/graph/index.ts'
import { defaultJudges as judges } from '../../src/simulate/default-judges.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { roomsSystem } from './rooms.ts'
import { tour, tours } from './tours.ts'

for (const style of ['orchestrated', 'choreographed'] as const) {
  test(`sagas that take locks in no order are refused before they run (${style})`, () => {
    const codes = (isInOrder: boolean): readonly string[] =>
      checkSystem(roomsSystem({ style, whenHeld: 'queue', saga: tour(isInOrder) }))
        .filter(({ level }) => level === 'error')
        .map(({ code }) => code)

    assert.deepEqual(codes(false), ['LOCK_ORDER_MISSING'])
    assert.deepEqual(codes(true), [])
  })

  test(`where they run all the same, the deadline of a lock resolves it (${style})`, async () => {
    const { worlds } = await simulate(tours({ style, isGuarded: false }), { seeds: 60 })

    assert.equal(worlds, 60)
  })

  test(`in one order nobody waits for a deadline (${style})`, async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const scenario = tours({ style, isGuarded: true })
      const { end, reached } = await runWorld({
        scenario,
        world: { seed, faults: [] },
        settle,
        judges,
      })

      assert.equal(end, 'rest', `seed ${seed}`)
      assert.ok(reached.includes('all tours complete'), `seed ${seed}`)
    }
  })
}
