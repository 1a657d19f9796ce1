// Two versions of one saga run at once, in both styles: a system is upgraded process by process, while everything fails.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from '../../src/simulate/simulate.ts'
import { MovingOrderV2, OrderV2 } from './two-versions.ts'
import { upgrade } from './upgrade-scenario.ts'

for (const style of ['orchestrated', 'choreographed'] as const) {
  test(`instances of two versions run at once when a saga is ${style}`, async () => {
    const report = await simulate(upgrade(style, OrderV2, ['first', 'second']), { seeds: 150 })

    assert.equal(report.verdict, 'passed')
  })

  test(`instances move to the newer version when a saga is ${style}`, async () => {
    const wanted = ['first', 'second', 'movedEarly', 'movedLate'] as const
    const report = await simulate(upgrade(style, MovingOrderV2, wanted), { seeds: 150 })

    assert.equal(report.verdict, 'passed')
  })
}
