import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryMessageServer, type MemoryServerOptions } from '../../adapters/memory/carrier.ts'
import { virtualClock } from '../../adapters/memory/clock.ts'
import { memoryStores } from '../../adapters/memory/store.ts'
import type { NewEntry } from '../../log/store.port.ts'
import type { Broker, MessageBatch, SubscribeRequest } from '../broker.port.ts'
import { decodeEnvelope } from '../envelope.ts'
import { type Relay, startRelay } from '../relay.ts'
import { carriedBroker } from './carried-broker.ts'
import { carriedBrokerLimits } from './limits.ts'

const topic = 'stock/0'

function supplied(index: number, text = ''): NewEntry {
  const facts = { kind: 'event', type: 'stock.Supplied', schemaVersion: 1, key: 'tea' } as const
  const place = { partition: 0, stream: 'item/tea', streamVersion: index + 1 }
  const data = JSON.stringify({ index, text })
  return { ...facts, ...place, data, meta: '{}', atMs: 1 }
}

/** A producer, a message server, and processes that read. */
async function openStreet(options: MemoryServerOptions = {}) {
  const clock = virtualClock()
  const server = memoryMessageServer(options)
  const store = await memoryStores().open('stock', { partitions: 1 })
  const relays: Relay[] = []
  let count = 0
  const open = (): Broker => carriedBroker({ carrier: server.open(), clock })
  return {
    clock,
    server,
    /** A process that publishes the log. */
    produce(): Relay {
      const relay = startRelay({ service: 'stock', partition: 0, store, broker: open(), clock })
      relays.push(relay)
      return relay
    },
    async append(added: number, text?: string): Promise<void> {
      const entries = Array.from({ length: added }, (_, index) => supplied(count + index, text))
      count += added
      await store.commit([{ entries }])
      for (const relay of relays) relay.forget()
    },
    async read(request: Partial<SubscribeRequest> = {}, broker = open()) {
      const batches: MessageBatch[] = []
      const subscription = await broker.subscribe({
        consumer: 'inbox',
        topic,
        incarnation: store.incarnation,
        after: 0,
        wants: () => true,
        deliver: async (batch) => void batches.push(batch),
        ...request,
      })
      const taken = (): readonly number[] =>
        batches.flatMap(({ messages }) => messages.map(({ position }) => position))
      return { broker, batches, taken, subscription }
    },
    async until(isTrue: () => boolean): Promise<void> {
      for (let turn = 0; !isTrue(); turn += 1) {
        assert.ok(turn < 3_000, 'It did not become true.')
        await clock.advance(Math.min(turn, 100))
      }
    },
  }
}

function upTo(last: number, from = 1): readonly number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index)
}

describe('a broker made of a carrier', () => {
  it('publishes again what the server has lost of its end, though nobody is told', async () => {
    const street = await openStreet()
    street.produce()
    await street.append(50)
    const first = await street.read()
    await street.until(() => first.taken().length === 50)

    street.server.loseTail(topic, 20)
    const second = await street.read()
    await street.until(() => second.taken().length === 50)
    await street.append(5)
    await street.until(() => first.taken().length === 55 && second.taken().length === 55)

    assert.deepEqual(first.taken(), upTo(55))
    assert.deepEqual(second.taken(), upTo(55))
  })

  it('publishes again what was lost in the middle of what is read', async () => {
    const street = await openStreet()
    street.produce()
    await street.append(10)
    const reader = await street.read()
    await street.until(() => reader.taken().length === 10)
    street.server.pause()
    await street.append(10)
    await street.clock.advance(100)
    street.server.goOn()
    street.server.loseTail(topic, 3)
    await street.append(10)

    await street.until(() => reader.taken().length === 30)

    assert.deepEqual(reader.taken(), upTo(30))
  })

  it('serves whoever begins at what the server no longer keeps, and what is new meanwhile', async () => {
    const street = await openStreet({ keptMax: 1_000 })
    street.produce()
    await street.append(5_000)
    const ahead = await street.read({ after: 4_990 })
    await street.until(() => ahead.taken().length === 10)

    const behind = await street.read()
    await street.append(100)
    await street.until(() => ahead.taken().length === 110)
    await street.until(() => behind.taken().length === 5_100)

    assert.deepEqual(behind.taken(), upTo(5_100))
    assert.deepEqual(ahead.taken(), upTo(5_100, 4_991))
  })

  it('takes what comes again, and what comes out of order, once and in order', async () => {
    const street = await openStreet()
    street.produce()
    const reader = await street.read()
    await street.append(30)
    await street.until(() => reader.taken().length === 30)

    street.server.repeat(topic, 12)
    await street.append(30)
    street.server.repeat(topic, 12)
    await street.until(() => reader.taken().length === 60)

    assert.deepEqual(reader.taken(), upTo(60))
  })

  it('goes on when everything was lost, while it runs and while it does not', async () => {
    const street = await openStreet()
    const relay = street.produce()
    const reader = await street.read()
    await street.append(40)
    await street.until(() => reader.taken().length === 40)

    street.server.loseEverything()
    await street.append(5)
    await street.until(() => reader.taken().length === 45)
    await relay.stop()
    street.server.loseEverything()
    await street.append(5)
    street.produce()
    const late = await street.read({ after: 20 })
    await street.until(() => reader.taken().length === 50 && late.taken().length === 30)

    assert.deepEqual(reader.taken(), upTo(50))
    assert.deepEqual(late.taken(), upTo(50, 21))
  })

  it('needs no fence between two relays that are alive', async () => {
    const street = await openStreet()
    street.produce()
    street.produce()
    const reader = await street.read()
    for (let page = 0; page < 20; page += 1) {
      await street.append(17)
      await street.clock.advance(1)
    }

    await street.until(() => reader.taken().length === 340)

    assert.deepEqual(reader.taken(), upTo(340))
  })

  it('waits with a server that takes no calls, and goes on after it', async () => {
    const street = await openStreet()
    street.server.pause()
    street.produce()
    const reader = await street.read()
    await street.append(10)
    await street.clock.advance(3_000)
    street.server.goOn()

    await street.until(() => reader.taken().length === 10)

    assert.deepEqual(reader.taken(), upTo(10))
  })

  it('reads the topic once for readers who keep up, and lets one who does not go his own way', async () => {
    const street = await openStreet()
    street.produce()
    const { promise, resolve } = Promise.withResolvers<void>()
    const quick = await street.read()
    const other = await street.read({ consumer: 'view' }, quick.broker)
    const slow = await street.read({ consumer: 'slow', deliver: () => promise }, quick.broker)
    const many = carriedBrokerLimits.waitingMax * 3

    await street.append(many)
    await street.until(() => quick.taken().length === many && other.taken().length === many)
    const before = slow.subscription.position
    resolve()
    await street.until(() => slow.subscription.position === many)

    assert.equal(before, 0)
    assert.deepEqual(quick.taken(), upTo(many))
  })

  it('says of a message that is too large that it is, and carries the others', async () => {
    const street = await openStreet({ messageBytesMax: 2_000 })
    street.produce()
    const reader = await street.read()
    await street.append(1)
    await street.append(1, '한'.repeat(1_000))
    await street.append(1)
    await street.until(() => reader.taken().length === 3)

    const bodies = reader.batches.flatMap(({ messages }) => messages.map(({ body }) => body))

    assert.throws(() => decodeEnvelope(bodies[1] ?? ''), {
      code: 'MESSAGE_TOO_LARGE',
      message: /^Message item\/tea#2 has 3\d{3} bytes/,
    })
    assert.equal(decodeEnvelope(bodies[2] ?? '').streamversion, 3)
  })
})
