import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderProgress } from './progress.ts'

test('progress has the speed, and what is left of the worlds or of the time, whichever ends first', () => {
  const tally = { worlds: 1_200, violated: 0 }
  const show = (worlds?: number, durationMs?: number): string =>
    renderProgress({ worlds, durationMs }, tally, 5_000)

  assert.equal(show(10_000), '1,200 of 10,000 seeds, 240/s, 37 s left, no violation')
  assert.equal(show(undefined, 60_000), '1,200 seeds, 240/s, 55 s left, no violation')
  assert.equal(show(100_000), '1,200 of 100,000 seeds, 240/s, 7 min left, no violation')
  assert.equal(show(10_000, 15_000), '1,200 of 10,000 seeds, 240/s, 10 s left, no violation')
})

test('progress counts what is violated, and knows slow searches', () => {
  const tally = { worlds: 9, violated: 2 }

  const line = renderProgress({ worlds: 100, durationMs: undefined }, tally, 2_000)
  assert.equal(line, '9 of 100 seeds, 4.5/s, 21 s left, 2 violated')
})
