import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nothing, refuseSkipped, renderTotals, sumOutcomes } from './outcome.ts'

describe('totals', () => {
  it('adds outcomes up and keeps the names of what was skipped', () => {
    const sum = sumOutcomes([
      { passed: 2, failed: 1, skipped: ['a'] },
      { passed: 3, failed: 0, skipped: ['b'] },
    ])

    assert.deepEqual(sum, { passed: 5, failed: 1, skipped: ['a', 'b'] })
  })

  it('says skipped only when something was', () => {
    assert.equal(renderTotals(nothing), '0 passed, 0 failed')
    assert.equal(
      renderTotals({ passed: 1, failed: 2, skipped: ['a'] }),
      '1 passed, 2 failed, 1 skipped',
    )
  })

  it('turns what was skipped into failures where nobody looks', () => {
    const strict = refuseSkipped({ passed: 1, failed: 1, skipped: ['a', 'b'] })

    assert.equal(renderTotals(strict), '1 passed, 3 failed')
  })
})
