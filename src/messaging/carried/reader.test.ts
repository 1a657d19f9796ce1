import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryMessageServer } from '../../adapters/memory/carrier.ts'
import { virtualClock } from '../../adapters/memory/clock.ts'
import type { MessageBatch, SubscribeRequest } from '../broker.port.ts'
import type { Carrier, PlacedMessage } from './carrier.port.ts'
import { TopicIncoming } from './incoming.ts'
import { type CarriedBrokerLimits, carriedBrokerLimits } from './limits.ts'
import { TopicReader } from './reader.ts'

const topic = 'stock/0'

function placed(
  first: number,
  last: number,
  facts: Partial<PlacedMessage> = {},
): readonly PlacedMessage[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const position = first + index
    const own = { incarnation: 'i1', position, place: position, type: 'stock.Supplied' }
    return { ...own, body: '{}', ...facts }
  })
}

function openReader(
  given: Partial<SubscribeRequest> = {},
  changed: Partial<CarriedBrokerLimits> = {},
) {
  const clock = virtualClock()
  const batches: MessageBatch[] = []
  const asksMs: number[] = []
  const asked: number[] = []
  const request: SubscribeRequest = {
    consumer: 'inbox',
    topic,
    incarnation: 'i1',
    after: 0,
    wants: () => true,
    deliver: async (batch) => void batches.push(batch),
    ...given,
  }
  const reader = new TopicReader({
    request,
    clock,
    limits: { ...carriedBrokerLimits, ...changed },
    ask({ after }) {
      asksMs.push(clock.nowMs())
      asked.push(after)
    },
    reread: () => assert.fail('Nothing is to be read again.'),
    onClosed: () => undefined,
  })
  return { clock, reader, batches, asksMs, asked }
}

function waitsBetween(moments: readonly number[]): readonly number[] {
  return moments.slice(1).map((each, index) => each - (moments[index] ?? 0))
}

const never = new Promise<void>(() => undefined)

describe('a reader of a topic', () => {
  it('takes no more than so many messages while nothing is taken from it', () => {
    const { reader } = openReader({ deliver: () => never })

    reader.offer(placed(1, carriedBrokerLimits.waitingMax - 1))
    const before = reader.hasRoom
    reader.offer(placed(carriedBrokerLimits.waitingMax, carriedBrokerLimits.waitingMax))

    assert.deepEqual([before, reader.hasRoom], [true, false])
  })

  it('takes no more than so many characters while nothing is taken from it', () => {
    const { reader } = openReader({ deliver: () => never })
    const body = 'x'.repeat(carriedBrokerLimits.charactersMax / 4)

    reader.offer(placed(1, 3, { body }))
    const before = reader.hasRoom
    reader.offer(placed(4, 4, { body }))

    assert.deepEqual([before, reader.hasRoom], [true, false])
  })

  it('gives so many messages at once, and says how far each batch leads', async () => {
    const { reader, batches, clock } = openReader({ wants: ({ to }) => to === 'order' })
    const { batchMax } = carriedBrokerLimits

    reader.offer(placed(1, batchMax, { to: 'order' }))
    reader.offer(placed(batchMax + 1, batchMax + 9))
    reader.offer(placed(batchMax + 10, batchMax + 10, { to: 'order' }))
    await clock.advance(1)

    assert.deepEqual(
      batches.map(({ after, through, messages }) => [after, through, messages.length]),
      [
        [0, batchMax, batchMax],
        [batchMax, batchMax + 10, 1],
      ],
    )
  })

  it('tells how far it passed over, and gives an empty batch after so many positions', async () => {
    const passed: number[] = []
    const passOver: SubscribeRequest['passOver'] = ({ through }) => void passed.push(through)
    const { reader, batches, clock } = openReader({ wants: () => false, passOver })
    const { passedMax } = carriedBrokerLimits

    reader.offer(placed(1, 10))
    reader.offer(placed(11, passedMax - 1))
    reader.offer(placed(passedMax, passedMax))
    await clock.advance(1)

    assert.deepEqual(passed, [10, passedMax - 1])
    assert.deepEqual(
      batches.map(({ after, through, messages }) => [after, through, messages.length]),
      [[passedMax - 1, passedMax, 0]],
    )
  })

  it('waits longer each time that it is refused, up to a maximum', async () => {
    const triesMs: number[] = []
    const { reader, clock } = openReader({
      deliver() {
        triesMs.push(clock.nowMs())
        assert.fail('The reader refuses it.')
      },
    })
    reader.offer(placed(1, 1))

    while (triesMs.length < 12) await clock.advance(10)

    const waits = waitsBetween(triesMs)
    assert.ok((waits[0] ?? 0) < 100)
    assert.equal(Math.max(...waits), carriedBrokerLimits.retryMsMax)
    await reader[Symbol.asyncDispose]()
  })

  it('asks again and again for what is missing, less often each time, until it comes', async () => {
    const { reader, clock, asksMs, asked, batches } = openReader()
    reader.offer(placed(1, 3))
    reader.offer(placed(9, 9))

    while (asksMs.length < 8) await clock.advance(100)
    reader.offer(placed(4, 9))
    await clock.advance(60_000)

    assert.deepEqual(
      asked,
      Array.from({ length: 8 }, () => 3),
    )
    assert.equal(Math.max(...waitsBetween(asksMs)), carriedBrokerLimits.askMsMax)
    assert.equal(batches.at(-1)?.through, 9)
  })

  it('does not ask while what it asked for is coming', async () => {
    const { reader, clock, asked } = openReader()
    reader.offer(placed(500, 500))
    for (let position = 1; position < 500; position += 1) {
      reader.offer(placed(position, position))
      await clock.advance(50)
    }

    assert.deepEqual(asked, [0])
  })

  it('knows so many logs that were erased', () => {
    const { reader } = openReader()
    const known = 16
    const incarnations = Array.from({ length: known + 1 }, (_, index) => `i${index + 1}`)
    const last = `i${known + 1}`
    for (const incarnation of incarnations) reader.offer(placed(1, 2, { incarnation, place: 9 }))

    reader.offer(placed(1, 1, { incarnation: 'i1', place: 10 }))

    assert.equal(reader.incarnation, last)
    assert.equal(reader.read, 2)
  })

  it('takes nothing of a log that was there before its own', () => {
    const { reader } = openReader()
    reader.seek({ isGuess: false, oldThrough: 5 })

    reader.offer(placed(1, 5, { incarnation: 'i0' }))

    assert.equal(reader.incarnation, 'i1')
  })
})

it('is read with others when he is near them, and alone when he is not', async () => {
  const clock = virtualClock()
  const inner = memoryMessageServer().open()
  const froms: number[] = []
  const carrier: Carrier = Object.assign(Object.create(inner) as Carrier, {
    append: inner.append.bind(inner),
    last: inner.last.bind(inner),
    consume(request: Parameters<Carrier['consume']>[0]) {
      froms.push(request.from)
      return inner.consume(request)
    },
  })
  await inner.append(topic, placed(1, 1_000))
  const onFailure = (): never => assert.fail('Nothing fails.')
  const limits = carriedBrokerLimits
  const incoming = new TopicIncoming({ carrier, topic, clock, limits, onFailure })
  const request = { topic, incarnation: 'i1', wants: () => true, deliver: async () => undefined }

  const first = incoming.subscribe({ ...request, consumer: 'one', after: 900 })
  await clock.advance(1)
  const near = incoming.subscribe({ ...request, consumer: 'two', after: 1_000 })
  const far = incoming.subscribe({ ...request, consumer: 'three', after: 600 })
  while (far.position < 1_000 || first.position < 1_000) await clock.advance(1)
  await inner.append(topic, placed(1_001, 1_010))
  while (Math.min(near.position, far.position) < 1_010) await clock.advance(1)

  assert.deepEqual(froms, [901, 601])
  await incoming.stop()
})
