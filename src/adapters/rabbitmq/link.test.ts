import assert from 'node:assert/strict'
import { it } from 'node:test'
import { rabbitLimits, retryDelayMs } from './link.ts'

it('waits longer each time that the server cannot be reached, up to a maximum', () => {
  const { retryMs, retryMsMax } = rabbitLimits

  const delays = [0, 1, 2, 50].map(retryDelayMs)

  assert.deepEqual(delays, [retryMs, retryMs * 2, retryMs * 4, retryMsMax])
})
