// Locks in worlds that fail, in every way in which they can be waited for, and what is found when they are taken out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { pricedRooms, roomsScenario } from './rooms-scenario.ts'

const seeds = 60

for (const style of ['orchestrated', 'choreographed'] as const) {
  for (const whenHeld of ['reject', 'wait', 'queue'] as const) {
    test(`a lock keeps others out in every world (${whenHeld}, ${style})`, async () => {
      const report = await simulate(roomsScenario({ style, whenHeld }), { seeds })

      assert.equal(report.worlds, seeds)
    })
  }

  test(`a saga that is cancelled while it waits leaves the line (${style})`, async () => {
    const cancelled: Scenario = {
      ...roomsScenario({ style, whenHeld: 'queue' }),
      mayCancel: true,
    }

    await simulate(cancelled, { seeds })
  })

  test(`what policies send waits as well, in its order (${style})`, async () => {
    for (const whenHeld of ['wait', 'queue'] as const)
      await simulate(pricedRooms({ style, whenHeld }), { seeds })
  })

  test(`without the lock others get in between (${style})`, async () => {
    await assert.rejects(simulate(roomsScenario({ style }), { seeds }), {
      code: 'SIMULATE_VIOLATED',
      message: /a booking is alone in its room/,
    })
  })
}
