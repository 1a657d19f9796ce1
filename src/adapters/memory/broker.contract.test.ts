import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brokerContract } from '../../testing/contracts/broker.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { memoryBroker } from './broker.ts'
import { virtualClock } from './clock.ts'

verifyContract({ describe, it }, brokerContract, {
  adapter: 'memory',
  open() {
    const clock = virtualClock()
    const broker = memoryBroker({ clock })
    return {
      broker,
      async until(isTrue) {
        for (let turn = 0; !isTrue(); turn += 1) {
          assert.ok(turn < 1_000, 'It did not become true.')
          await clock.advance(turn)
        }
      },
      [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    }
  },
})
