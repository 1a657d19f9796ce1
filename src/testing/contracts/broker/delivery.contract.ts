import assert from 'node:assert/strict'
import type { MessageBatch } from '../../../messaging/broker.port.ts'
import { type BrokerPromise, firstTimes, type Reader, topic, upTo } from './post-office.ts'

/** Each batch begins where one before it ended, or earlier: nothing is left out. */
function assertNoGaps({ batches }: Reader, start = 0): void {
  let reached = start
  for (const { after, through, messages } of batches) {
    assert.ok(after <= reached, `a batch after ${after} came to a reader at ${reached}`)
    assert.ok(messages.every(({ position }) => position > after && position <= through))
    const positions = messages.map(({ position }) => position)
    assert.deepEqual(positions, positions.toSorted(ascending))
    reached = Math.max(reached, through)
  }
}

function ascending(one: number, other: number): number {
  return one - other
}

/** What every broker promises of the way from the log to a reader. */
export const deliveryPromises: readonly BrokerPromise[] = [
  {
    promise: 'delivers every message of a topic at least once, in the order of the log',
    async check(office) {
      const reader = await office.read()

      await office.send(20)
      await office.until(() => firstTimes(reader.taken()).length === 20)

      assert.deepEqual(firstTimes(reader.taken()), upTo(20))
      assertNoGaps(reader)
    },
  },
  {
    promise: 'hands a message on as it was written, and says where it stands',
    async check(office) {
      const reader = await office.read()

      await office.send(1)
      await office.until(() => reader.taken().length > 0)

      const [batch] = reader.batches
      const sent = office.batchAfter(0)
      assert.deepEqual(
        { ...batch, messages: batch?.messages.map((each) => ({ ...each, body: each.body })) },
        { ...sent, messages: sent.messages.map((each) => ({ ...each })) },
      )
    },
  },
  {
    promise: 'delivers what was published before somebody read, from the position that he asks for',
    async check(office) {
      await office.send(9)

      const reader = await office.read({ after: 4 })
      await office.relay()
      await office.until(() => firstTimes(reader.taken()).length >= 5)

      assert.deepEqual(firstTimes(reader.taken()), upTo(9, 5))
      assertNoGaps(reader, 4)
    },
  },
  {
    promise: 'passes over what a reader does not want, and tells him how far',
    async check(office) {
      const reader = await office.read({ wants: ({ type }) => type === 'stock.Reserved' })

      await office.send(2, 'stock.Reserved')
      await office.send(5, 'stock.Supplied')
      await office.until(() => reader.subscription.position === 7)

      assert.deepEqual(firstTimes(reader.taken()), [1, 2])
      assert.equal(reader.batches.at(-1)?.through, 7)
      assertNoGaps(reader)
    },
  },
  {
    promise: 'delivers a batch that was refused again, and nothing after it before',
    async check(office) {
      const offers: { readonly after: number; readonly isRefused: boolean }[] = []
      const refused = (): number => offers.filter(({ isRefused }) => isRefused).length
      const onBatch = ({ after, messages }: MessageBatch): void => {
        const isRefused = messages.some(({ position }) => position === 4) && refused() < 4
        offers.push({ after, isRefused })
        assert.ok(!isRefused, 'The reader refuses it.')
      }
      const reader = await office.read({ onBatch })

      await office.send(9)
      await office.until(() => firstTimes(reader.taken()).length === 9)

      assert.equal(refused(), 4)
      assert.deepEqual(firstTimes(reader.taken()), upTo(9))
      for (const [index, { after, isRefused }] of offers.entries()) {
        if (isRefused) assert.ok((offers[index + 1]?.after ?? 0) <= after)
      }
      assertNoGaps(reader)
    },
  },
  {
    promise: 'never hands on what would leave a gap',
    async check(office) {
      const reader = await office.read()
      await office.send(3)
      await office.until(() => reader.subscription.position === 3)
      const { incarnation } = office.batchAfter(0)
      const far = { ...office.batchAfter(2), incarnation, after: 7, through: 8 }

      await office.broker.publish({ ...far, messages: [] }).catch(() => undefined)
      await office.send(9)
      await office.until(() => firstTimes(reader.taken()).length === 12)

      assertNoGaps(reader)
      assert.deepEqual(firstTimes(reader.taken()), upTo(12))
    },
  },
  {
    promise: 'takes a batch that it was given before without harm',
    async check(office) {
      const reader = await office.read()
      await office.send(3)

      await office.broker.publish(office.batchAfter(0))
      await office.send(3)
      await office.until(() => firstTimes(reader.taken()).length === 6)

      assert.deepEqual(firstTimes(reader.taken()), upTo(6))
      assertNoGaps(reader)
    },
  },
  {
    promise: 'asks for what nobody can give yet, and goes on when it is there',
    async check(office) {
      const reader = await office.read()
      await office.send(4)
      await office.until(() => reader.subscription.position === 4)

      const wanted = await office.broker.wanted(topic, 'i1')
      await office.send(4)
      await office.until(() => reader.subscription.position === 8)

      assert.deepEqual(wanted, [4])
      assert.deepEqual(firstTimes(reader.taken()), upTo(8))
    },
  },
  {
    promise:
      'delivers another incarnation of the log from its start, and nothing of the old one after it',
    async check(office) {
      const reader = await office.read()
      await office.send(5)
      await office.until(() => reader.subscription.position === 5)

      office.rebirth('i2')
      await office.send(3)
      await office.until(() => reader.batches.at(-1)?.through === 3)

      const born = reader.batches.findIndex(({ incarnation }) => incarnation === 'i2')
      const reborn = reader.batches.slice(born)
      assert.ok(reborn.every(({ incarnation }) => incarnation === 'i2'))
      assert.deepEqual(
        firstTimes(reborn.flatMap(({ messages }) => messages.map(({ position }) => position))),
        [1, 2, 3],
      )
      assertNoGaps({ ...reader, batches: reborn })
    },
  },
  {
    promise: 'loses nothing of another incarnation while a batch of the old one is on its way',
    async check(office) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const reader = await office.read({
        onBatch: ({ incarnation }) => (incarnation === 'i1' ? promise : undefined),
      })
      await office.send(5)

      office.rebirth('i2')
      await office.send(4)
      resolve()
      await office.relay()
      await office.until(() => reader.batches.at(-1)?.incarnation === 'i2')
      await office.relay()
      await office.until(() => reader.subscription.position === 4)

      const reborn = reader.batches.filter(({ incarnation }) => incarnation === 'i2')
      assert.deepEqual(
        firstTimes(reborn.flatMap(({ messages }) => messages.map(({ position }) => position))),
        [1, 2, 3, 4],
      )
      assertNoGaps({ ...reader, batches: reborn })
    },
  },
]
