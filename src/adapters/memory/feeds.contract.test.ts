// Feeds of logs as a broker: what is published in one process is taken in another.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Broker } from '../../messaging/broker.port.ts'
import { decodePage, encodePage } from '../../messaging/feeds/feed-page.ts'
import { feedBroker } from '../../messaging/feeds/feed-broker.ts'
import { serveFeed } from '../../messaging/feeds/serve-feed.ts'
import { brokerContract } from '../../testing/contracts/broker.contract.ts'
import { verifyContract } from '../../testing/contracts/verify-contract.ts'
import { memoryBroker } from './broker.ts'
import { virtualClock } from './clock.ts'

verifyContract({ describe, it }, brokerContract, {
  adapter: 'feeds',
  open() {
    const clock = virtualClock()
    const producer = memoryBroker({ clock })
    const reader = feedBroker({
      local: memoryBroker({ clock }),
      clock,
      isHere: () => false,
      pull: async (request, signal) =>
        decodePage(encodePage(await serveFeed({ broker: producer, clock }, request, signal))),
      onReborn: () => undefined,
    })
    const broker: Broker = {
      supports: reader.supports,
      publish: (batch) => producer.publish(batch),
      async wanted(topic, incarnation) {
        // What the reader waits for comes to the producer with its next question.
        await clock.advance(10)
        return producer.wanted(topic, incarnation)
      },
      watch: (topic, wake) => producer.watch(topic, wake),
      subscribe: (request) => reader.subscribe(request),
      [Symbol.asyncDispose]: async () => {
        await reader[Symbol.asyncDispose]()
        await producer[Symbol.asyncDispose]()
      },
    }
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
