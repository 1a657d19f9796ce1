import assert from 'node:assert/strict'
import { it } from 'node:test'
import { kafkaLimits, retryDelayMs } from './limits.ts'

it('waits longer each time that something failed, up to a maximum', () => {
  const { retryMs, retryMsMax } = kafkaLimits

  const delays = [0, 1, 2, 50].map(retryDelayMs)

  assert.deepEqual(delays, [retryMs, retryMs * 2, retryMs * 4, retryMsMax])
})
