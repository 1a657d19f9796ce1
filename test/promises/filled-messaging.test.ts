// Maxima of what travels: each is reached here, and held.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker, memoryBrokerLimits } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { DureError } from '../../src/language/errors.ts'
import type { ParkedMessage } from '../../src/log/store.port.ts'
import type { Broker, MessageBatch } from '../../src/messaging/broker.port.ts'
import {
  loadParkedKeys,
  parkedMessage,
  parkedPageMax,
  reasonCharactersMax,
} from '../../src/messaging/parked.ts'
import { relayLimits, startRelay } from '../../src/messaging/relay.ts'
import { changedStores } from './faulty-stores.ts'

const place = { consumer: 'inbox', source: 'stock', incarnation: 'i', partition: 0 }

function batch(after: number, count: number): MessageBatch {
  const messages = Array.from({ length: count }, (_, index) => ({
    position: after + index + 1,
    type: 'stock.Supplied',
    body: '{}',
  }))
  return { topic: 'stock/0', incarnation: 'i', after, through: after + count, messages }
}

const request = { ...place, topic: 'stock/0', after: 0, wants: () => true }

/** Waits between moments, in milliseconds. */
function waitsBetween(moments: readonly number[]): readonly number[] {
  return moments.slice(1).map((each, index) => each - (moments[index] ?? 0))
}

describe('what a broker holds for a subscriber', () => {
  it('is bounded: a subscriber that takes nothing is asked for no more', async () => {
    const { batchesMax, mergedMax } = memoryBrokerLimits
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const taken: MessageBatch[] = []
    const broker = memoryBroker({ clock: virtualClock() })
    const deliver = async (each: MessageBatch): Promise<void> => {
      taken.push(each)
      await held
    }
    await using _subscription = await broker.subscribe({ ...request, deliver })

    let published = 0
    for (let after = await wantedBy(broker); after !== undefined; after = await wantedBy(broker)) {
      await broker.publish(batch(after, 10))
      published += 1
      assert.ok(published < 1_000, 'The subscriber is asked for more and more.')
    }
    await broker.publish(batch(published * 10, 10))

    // Trap: what is on its way and what waits are counted; the last batch was not taken.
    assert.ok(published * 10 <= batchesMax * mergedMax, `${published * 10} messages are held`)
    release()
    while ((await wantedBy(broker)) !== published * 10) await Promise.resolve()
    await new Promise((resolve) => void setImmediate(resolve))
    assert.ok(taken.length <= batchesMax, `${taken.length} batches were held`)
    assert.ok(taken.every(({ messages }) => messages.length <= mergedMax))
    assert.equal(taken.flatMap(({ messages }) => messages).length, published * 10)
  })

  it('is delivered again after a wait that has a maximum', async () => {
    const clock = virtualClock()
    const moments: number[] = []
    const broker = memoryBroker({ clock })
    const deliver = async (): Promise<void> => {
      moments.push(clock.nowMs())
      throw new TypeError('the subscriber is broken')
    }
    const subscription = await broker.subscribe({ ...request, deliver })
    await broker.publish(batch(0, 1))

    await clock.advance(60_000)

    assert.equal(Math.max(...waitsBetween(moments)), memoryBrokerLimits.retryMsMax)
    assert.ok(moments.length > 30, `${moments.length}`)
    await subscription[Symbol.asyncDispose]()
  })
})

async function wantedBy(broker: Broker): Promise<number | undefined> {
  const [position] = await broker.wanted('stock/0', 'i')
  return position
}

describe('a relay that fails', () => {
  it('waits longer each time, and never longer than its maximum', async () => {
    const clock = virtualClock()
    const store = await memoryStores().open('stock', { partitions: 1 })
    const broker = memoryBroker({ clock })
    const moments: number[] = []
    const relay = startRelay({
      service: 'stock',
      partition: 0,
      store,
      clock,
      broker: {
        ...broker,
        watch: () => () => undefined,
        wanted() {
          throw new DureError('STORE_UNAVAILABLE', 'The broker is away.')
        },
      },
      onFailure: () => void moments.push(clock.nowMs()),
    })

    await clock.advance(120_000)

    assert.equal(Math.max(...waitsBetween(moments)), relayLimits.retryMsMax)
    assert.ok(moments.length > 25, `${moments.length}`)
    await relay.stop()
  })
})

describe('parked messages', () => {
  const parkedAt = (position: number, reason: string): ParkedMessage =>
    parkedMessage({
      ...place,
      message: { position, type: 'stock.Supplied', body: '{}' },
      envelope: undefined,
      error: new TypeError(reason),
      attempts: 1,
      atMs: 1,
    })

  it('are read page by page, however many there are', async () => {
    const asked: number[] = []
    const stores = changedStores(memoryStores(), (store) => ({
      parked(page) {
        asked.push(page.limit)
        return store.parked(page)
      },
    }))
    const store = await stores.open('order', { partitions: 1 })
    const count = parkedPageMax * 2 + 1
    const park = Array.from({ length: count }, (_, index) => parkedAt(index + 1, 'a bug'))
    await store.commit([{ park }])

    const keys = await loadParkedKeys(store)

    assert.equal(keys.count, count)
    assert.deepEqual(asked, [parkedPageMax, parkedPageMax, parkedPageMax])
  })

  it('keep so much of their reason as may be kept', () => {
    assert.equal(parkedAt(1, 'x'.repeat(100_000)).reason, 'x'.repeat(reasonCharactersMax))
  })
})
