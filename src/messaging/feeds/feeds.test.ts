import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryBroker } from '../../adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../adapters/memory/clock.ts'
import { DureError } from '../../language/errors.ts'
import type { Broker, MessageBatch } from '../broker.port.ts'
import { feedBroker } from './feed-broker.ts'
import { followerLimits } from './feed-follower.ts'
import type { FeedRequest } from './feed-page.ts'
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

  it('begins a page where it was asked to, also when the log begins with what is not wanted', async () => {
    const { broker, clock } = openProducer()
    const request = { ...asked, without: [['Dull']] as const }

    const page = serveFeed({ broker, clock }, request, never)
    await broker.publish(batch(0, 3, () => 'Dull'))
    await broker.publish(batch(3, 5))

    const { after, through, messages } = await page
    assert.deepEqual([after, through, messages.length], [0, 5, 2])
  })

  it('begins the page of a log that was begun anew at its start', async () => {
    const { broker, clock } = openProducer()
    const second = { incarnation: 'second' }
    const request = { ...asked, after: 7, without: [['Dull']] as const }

    const page = serveFeed({ broker, clock }, request, never)
    await broker.wanted(topic, 'second')
    await broker.publish({ ...batch(0, 3, () => 'Dull'), ...second })
    await broker.publish({ ...batch(3, 5), ...second })

    const { incarnation: found, after, through } = await page
    assert.deepEqual([found, after, through], ['second', 0, 5])
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
  readonly failures: string[]
  fail: boolean
  /** Where its pages begin, whatever was asked. */
  skipTo: number
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
    failures: [],
    fail: false,
    skipTo: 0,
    broker: feedBroker({
      local: memoryBroker({ clock }),
      clock,
      isHere: (each) => each !== topic,
      async pull(request, signal) {
        pulls.push(request)
        if (reader.fail) throw new DureError('CALL_UNANSWERED', 'Nobody is there.')
        if (reader.skipTo > 0) return batch(reader.skipTo, reader.skipTo + 2)
        return serveFeed({ broker: producer, clock }, request, signal)
      },
      onFailure: (_, message) => void reader.failures.push(message),
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

  it('takes what comes behind a long stretch that nobody there wants', async () => {
    const reader = openReader()
    await subscribe(reader, 0, ({ type }) => type === 'Sold')
    await reader.clock.advance(1)
    await reader.producer.publish(batch(0, 1, () => 'Dull'))
    await reader.clock.advance(10)
    await reader.producer.publish(batch(1, 300, () => 'Dull'))
    await reader.producer.publish(batch(300, 302))
    await reader.clock.advance(10)

    assert.deepEqual(reader.taken, [301, 302])
    await reader.broker[Symbol.asyncDispose]()
  })

  it('refuses a page that leaves a stretch out, and asks again later', async () => {
    const reader = openReader()
    reader.skipTo = 2
    await subscribe(reader, 0)
    await reader.clock.advance(20 * followerLimits.retryMsMax)
    const before = reader.pulls.length
    await reader.clock.advance(10 * followerLimits.retryMsMax)

    assert.deepEqual(reader.taken, [])
    assert.equal(reader.pulls.length - before, 10)
    assert.ok(reader.failures.every((each) => each.includes('gave what comes after 2')))
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
