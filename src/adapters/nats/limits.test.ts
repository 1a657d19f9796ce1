import assert from 'node:assert/strict'
import { it } from 'node:test'
import { natsConsumptionLimits, retryDelayMs } from './limits.ts'

it('waits longer each time that a stream cannot be read, up to a maximum', () => {
  const { retryMs, retryMsMax } = natsConsumptionLimits

  const delays = [0, 1, 2, 50].map(retryDelayMs)

  assert.deepEqual(delays, [retryMs, retryMs * 2, retryMs * 4, retryMsMax])
})
