import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { carriedBroker } from '../../messaging/carried/carried-broker.ts'
import { brokerContract } from '../../testing/contracts/broker.contract.ts'
import { carrierContract } from '../../testing/contracts/carrier.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { memoryMessageServer } from './carrier.ts'
import { type VirtualClock, virtualClock } from './clock.ts'

function waiting(clock: VirtualClock) {
  return async (isTrue: () => boolean): Promise<void> => {
    for (let turn = 0; !isTrue(); turn += 1) {
      assert.ok(turn < 1_000, 'It did not become true.')
      await clock.advance(turn)
    }
  }
}

verifyContract({ describe, it }, carrierContract, {
  adapter: 'memory',
  open() {
    const server = memoryMessageServer()
    const carrier = server.open()
    return {
      carrier,
      reach: async () => server.open(),
      until: waiting(virtualClock()),
      [Symbol.asyncDispose]: () => carrier[Symbol.asyncDispose](),
    }
  },
})

verifyContract({ describe, it }, brokerContract, {
  adapter: 'carried by memory',
  open() {
    const clock = virtualClock()
    const broker = carriedBroker({ carrier: memoryMessageServer().open(), clock })
    return {
      broker,
      until: waiting(clock),
      [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
    }
  },
})
