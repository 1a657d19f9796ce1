import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker } from '../../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../adapters/memory/clock.ts'
import { DureError } from '../../language/errors.ts'
import type { Broker, MessageBatch } from '../broker.port.ts'
import { feedBroker } from './feed-broker.ts'
import { followerLimits } from './feed-follower.ts'
import {
  decodePage,
  encodePage,
  type FeedPage,
  type FeedRequest,
  readFeedRequest,
} from './feed-page.ts'
import { feedKindsMax, feedWaitMsMax, serveFeed } from './serve-feed.ts'

const topic = 'stock/0'
const incarnation = 'first'

/** Messages at these positions, of the type that is said. */
function batch(
  after: number,
  through: number,
  typeOf = (_position: number) => 'Sold',
): MessageBatch {
  const positions = Array.from({ length: through - after }, (_, index) => after + index + 1)
  const messages = positions.map((position) => ({
    position,
    type: typeOf(position),
    body: `{"at":${position}}`,
  }))
  return { topic, incarnation, after, through, messages }
}

const asked: FeedRequest = {
  topic,
  incarnation,
  after: 0,
  without: [],
  waitMs: 60_000,
  isBehind: false,
}
const never = new AbortController().signal

interface Producer {
  readonly clock: VirtualClock
  readonly broker: Broker
}

function openProducer(): Producer {
  const clock = virtualClock()
  return { clock, broker: memoryBroker({ clock }) }
}

describe('a page of a feed', () => {
  it('is read as it was written, messages as they are', () => {
    const page: FeedPage = {
      incarnation,
      after: 2,
      through: 9,
      messages: [
        { position: 3, type: 'stock.Sold', body: '{"a":"\\n"}' },
        { position: 9, type: 'order.place', to: 'order', body: '{}' },
      ],
    }

    assert.deepEqual(decodePage(encodePage(page)), page)
    assert.deepEqual(decodePage(encodePage({ ...page, messages: [] })).messages, [])
  })

  it('is asked for in full, or refused', () => {
    const wrong = [
      {},
      { ...asked, topic: 1 },
      { ...asked, after: -1 },
      { ...asked, after: '1' },
      { ...asked, without: 'Sold' },
      { ...asked, without: [[]] },
      { ...asked, without: [['a', 'b', 'c']] },
      { ...asked, waitMs: Number.NaN },
    ]
    assert.deepEqual(readFeedRequest({ ...asked }), asked)
    for (const request of wrong) {
      assert.throws(
        () => readFeedRequest(request),
        (error) => error instanceof DureError && error.code === 'MESSAGE_MALFORMED',
        JSON.stringify(request),
      )
    }
  })

  it('is refused when it is none', () => {
    const texts = [
      '',
      'no JSON',
      '{}',
      '{"incarnation":"a","after":0,"through":1,"messages":[[1,"x"]]}',
      '{"incarnation":"a","after":-1,"through":1,"messages":[]}',
      '{"incarnation":"a","after":0,"through":1,"messages":[["1","x"]]}\n{}',
      '{"incarnation":"a","after":0,"through":1,"messages":[7]}\n{}',
    ]
    for (const text of texts) {
      assert.throws(
        () => decodePage(text),
        (error) => error instanceof DureError && error.code === 'MESSAGE_MALFORMED',
        text,
      )
    }
  })
})

describe('the producer of a feed', () => {
  it('answers as soon as something comes', async () => {
    const { broker, clock } = openProducer()

    const page = serveFeed({ broker, clock }, asked, never)
    await broker.publish(batch(0, 2))

    assert.deepEqual(
      (await page).messages.map(({ position }) => position),
      [1, 2],
    )
  })

  it('answers with nothing when nothing came, after feedWaitMsMax at the latest', async () => {
    const { broker, clock } = openProducer()

    const page = serveFeed({ broker, clock }, { ...asked, waitMs: 10 * feedWaitMsMax }, never)
    await clock.advance(feedWaitMsMax)

    assert.deepEqual(await page, { incarnation, after: 0, through: 0, messages: [] })
  })

  it('leaves out what is not wanted, and tells soon how far that goes', async () => {
    const { broker, clock } = openProducer()
    const request = { ...asked, without: [['Sold']] as const }

    const page = serveFeed({ broker, clock }, request, never)
    await broker.publish(batch(0, 3))
    await clock.advance(10)

    assert.deepEqual(await page, { incarnation, after: 0, through: 3, messages: [] })
  })

  it('looks at feedKindsMax kinds that are not wanted, and sends the rest', async () => {
    const { broker, clock } = openProducer()
    const without = Array.from({ length: feedKindsMax }, (_, index) => [`Kind${index}`] as const)

    const page = serveFeed({ broker, clock }, { ...asked, without: [...without, ['Sold']] }, never)
    await broker.publish(batch(0, 1))

    assert.equal((await page).messages.length, 1)
  })

  it('waits no longer when nobody reads any more', async () => {
    const { broker, clock } = openProducer()
    const ending = new AbortController()

    const page = serveFeed({ broker, clock }, asked, ending.signal)
    ending.abort()

    assert.equal((await page).through, 0)
    assert.deepEqual(await broker.wanted(topic, incarnation), [])
  })
})

interface Reader {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly producer: Broker
  readonly taken: number[]
  readonly pulls: FeedRequest[]
  readonly reborn: string[]
  fail: boolean
}

/** A reader in one process, and a producer in another. */
function openReader(): Reader {
  const { broker: producer, clock } = openProducer()
  const pulls: FeedRequest[] = []
  const reborn: string[] = []
  const reader: Reader = {
    producer,
    clock,
    taken: [],
    pulls,
    reborn,
    fail: false,
    broker: feedBroker({
      local: memoryBroker({ clock }),
      clock,
      isHere: (each) => each !== topic,
      async pull(request, signal) {
        pulls.push(request)
        if (reader.fail) throw new DureError('CALL_UNANSWERED', 'Nobody is there.')
        return serveFeed({ broker: producer, clock }, request, signal)
      },
      onReborn: (each) => void reborn.push(each),
    }),
  }
  return reader
}

const subscribe = (
  { broker, taken }: Reader,
  after: number,
  wants: (message: { readonly type: string }) => boolean = () => true,
) =>
  broker.subscribe({
    consumer: 'inbox',
    topic,
    incarnation,
    after,
    wants,
    deliver: async ({ messages }) => void taken.push(...messages.map(({ position }) => position)),
  })

describe('a reader of a feed', () => {
  it('gets what others write, in order, from where it is', async () => {
    const reader = openReader()
    await subscribe(reader, 1)

    await reader.clock.advance(1)
    await reader.producer.publish(batch(0, 3))
    await reader.clock.advance(1)
    await reader.producer.publish(batch(3, 5))
    await reader.clock.advance(1)

    assert.deepEqual(reader.taken, [2, 3, 4, 5])
    await reader.broker[Symbol.asyncDispose]()
  })

  it('asks for one stretch for all that are there, and earlier for who begins earlier', async () => {
    const reader = openReader()
    await subscribe(reader, 3)
    await reader.clock.advance(1)
    await subscribe(reader, 0)
    await reader.clock.advance(1)
    await reader.producer.publish(batch(0, 3))
    await reader.clock.advance(1)
    await reader.producer.publish(batch(3, 4))
    await reader.clock.advance(1)

    assert.deepEqual(
      reader.taken.toSorted((one, other) => one - other),
      [1, 2, 3, 4, 4],
    )
    await reader.broker[Symbol.asyncDispose]()
  })

  it('learns which kinds nobody there wants, and asks for the others', async () => {
    const reader = openReader()
    await subscribe(reader, 0, ({ type }) => type === 'Sold')
    await reader.clock.advance(1)
    await reader.producer.publish(batch(0, 2, (position) => (position === 1 ? 'Sold' : 'Seen')))
    await reader.clock.advance(1)

    assert.deepEqual(reader.pulls.at(-1)?.without, [['Seen']])
    await subscribe(reader, 2, ({ type }) => type === 'Seen')
    await reader.clock.advance(1)
    assert.deepEqual(reader.pulls.at(-1)?.without, [])
    await reader.broker[Symbol.asyncDispose]()
  })

  it('asks again while the producer is away, every retryMsMax at most, and goes on where it was', async () => {
    const reader = openReader()
    reader.fail = true
    await subscribe(reader, 0)
    await reader.clock.advance(20 * followerLimits.retryMsMax)
    const before = reader.pulls.length
    await reader.clock.advance(10 * followerLimits.retryMsMax)

    assert.equal(reader.pulls.length - before, 10)
    reader.fail = false
    await reader.clock.advance(followerLimits.retryMsMax)
    await reader.producer.publish(batch(0, 1))
    await reader.clock.advance(1)
    assert.deepEqual(reader.taken, [1])
    await reader.broker[Symbol.asyncDispose]()
  })

  it('tells when the log was begun anew, and delivers it from its start', async () => {
    const reader = openReader()
    await subscribe(reader, 5)
    await reader.clock.advance(1)
    await reader.producer.wanted(topic, 'second')
    await reader.producer.publish({ ...batch(0, 2), incarnation: 'second' })
    await reader.clock.advance(1)
    await reader.producer.wanted(topic, 'second')
    await reader.producer.publish({ ...batch(0, 2), incarnation: 'second' })
    await reader.clock.advance(1)

    assert.deepEqual([reader.reborn, reader.taken], [[topic], [1, 2]])
    await reader.broker[Symbol.asyncDispose]()
  })

  it('asks nothing more once nobody reads', async () => {
    const reader = openReader()
    const subscription = await subscribe(reader, 0)
    await reader.clock.advance(1)
    await subscription[Symbol.asyncDispose]()
    const before = reader.pulls.length
    await reader.clock.advance(10 * feedWaitMsMax)

    assert.equal(reader.pulls.length, before)
  })
})
