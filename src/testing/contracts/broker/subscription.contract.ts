import assert from 'node:assert/strict'
import { type BrokerPromise, firstTimes, topic, upTo } from './post-office.ts'

/** What every broker promises to those who read, and to those who publish. */
export const subscriptionPromises: readonly BrokerPromise[] = [
  {
    promise: 'serves each reader from where he is',
    async check(office) {
      const behind = await office.read({ consumer: 'view' })
      await office.send(6)
      await office.until(() => behind.subscription.position === 6)

      const ahead = await office.read({ consumer: 'inbox', after: 5 })
      await office.send(3)
      await office.until(() => firstTimes(ahead.taken()).length === 4)
      await office.until(() => firstTimes(behind.taken()).length === 9)

      assert.deepEqual(firstTimes(behind.taken()), upTo(9))
      assert.deepEqual(firstTimes(ahead.taken()), upTo(9, 6))
    },
  },
  {
    promise: 'does not let a slow reader keep the others waiting',
    async check(office) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const slow = await office.read({ consumer: 'slow', onBatch: () => promise })
      const quick = await office.read({ consumer: 'quick' })

      for (let page = 0; page < 40; page += 1) {
        await office.send(3)
        await office.until(() => quick.subscription.position === office.head())
      }
      const taken = slow.taken().length
      resolve()
      await office.until(() => {
        void office.relay()
        return firstTimes(slow.taken()).length === 120
      })

      assert.equal(taken, 0)
      assert.deepEqual(firstTimes(quick.taken()), upTo(120))
      assert.deepEqual(firstTimes(slow.taken()), upTo(120))
    },
  },
  {
    promise: 'does not let a reader who refuses keep the others waiting',
    async check(office) {
      let isRefusing = true
      const stuck = await office.read({
        consumer: 'stuck',
        onBatch: () => assert.ok(!isRefusing, 'The reader refuses it.'),
      })
      const quick = await office.read({ consumer: 'quick' })

      await office.send(9)
      await office.until(() => firstTimes(quick.taken()).length === 9)
      const taken = stuck.taken().length
      isRefusing = false
      await office.until(() => firstTimes(stuck.taken()).length === 9)

      assert.equal(taken, 0)
      assert.deepEqual(firstTimes(stuck.taken()), upTo(9))
    },
  },
  {
    promise: 'gives one batch of a topic to a reader at a time',
    async check(office) {
      let inside = 0
      let most = 0
      const reader = await office.read({
        async onBatch() {
          inside += 1
          most = Math.max(most, inside)
          await Promise.resolve()
          inside -= 1
        },
      })

      await office.send(20)
      await office.until(() => firstTimes(reader.taken()).length === 20)

      assert.equal(most, 1)
    },
  },
  {
    promise: 'keeps topics apart',
    async check(office) {
      const other = await office.read({ topic: 'payment/0' })
      const reader = await office.read()

      await office.send(5)
      await office.until(() => firstTimes(reader.taken()).length === 5)

      assert.deepEqual(other.batches, [])
    },
  },
  {
    promise: 'wakes whoever watches a topic when somebody begins to read it, until he looks away',
    async check(office) {
      let wakes = 0
      const stop = office.broker.watch(topic, () => {
        wakes += 1
      })

      await office.read()
      await office.until(() => wakes > 0)
      stop()
      const before = wakes
      await office.read({ consumer: 'view' })
      await office.send(1)

      assert.equal(wakes, before)
    },
  },
  {
    promise: 'asks again for what a new reader has not seen, however far the others are',
    async check(office) {
      const first = await office.read()
      await office.send(6)
      await office.until(() => first.subscription.position === 6)

      const late = await office.read({ consumer: 'view' })
      await office.relay()
      await office.until(() => firstTimes(late.taken()).length === 6)

      assert.deepEqual(firstTimes(late.taken()), upTo(6))
    },
  },
  {
    promise: 'says how far a reader has come, and only what he has taken',
    async check(office) {
      const { promise, resolve } = Promise.withResolvers<void>()
      let isHeld = false
      const reader = await office.read({
        onBatch() {
          isHeld = true
          return promise
        },
      })
      await office.send(3)
      await office.until(() => isHeld)

      const before = reader.subscription.position
      resolve()
      await office.until(() => reader.subscription.position === 3)

      assert.equal(before, 0)
    },
  },
  {
    promise: 'ends a subscription after what is on its way, and delivers nothing more',
    async check(office) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const order: string[] = []
      const reader = await office.read({
        async onBatch() {
          order.push('begun')
          await promise
          order.push('taken')
        },
      })
      await office.send(9)
      await office.until(() => order.length > 0)

      const ended = reader.subscription[Symbol.asyncDispose]().then(() => order.push('ended'))
      resolve()
      await ended
      await office.send(3)

      assert.deepEqual(order, ['begun', 'taken', 'ended'])
    },
  },
  {
    promise: 'ends a subscription whose reader refuses everything',
    async check(office) {
      let refusals = 0
      const reader = await office.read({
        onBatch() {
          refusals += 1
          assert.fail('The reader refuses it.')
        },
      })
      await office.send(3)
      await office.until(() => refusals > 2)

      let isEnded = false
      void reader.subscription[Symbol.asyncDispose]().then(() => {
        isEnded = true
      })
      await office.until(() => isEnded)
      const before = refusals
      let others = 0
      const other = await office.read({ onBatch: () => assert.ok((others += 1) > 5) })
      await office.send(3)
      await office.until(() => firstTimes(other.taken()).length === 6)

      assert.equal(refusals, before)
    },
  },
  {
    promise: 'ends a subscription whose reader refuses what was on its way',
    async check(office) {
      const { promise, reject } = Promise.withResolvers<void>()
      let isHeld = false
      const reader = await office.read({
        onBatch() {
          isHeld = true
          return promise
        },
      })
      await office.send(3)
      await office.until(() => isHeld)

      let isEnded = false
      void reader.subscription[Symbol.asyncDispose]().then(() => {
        isEnded = true
      })
      reject(new assert.AssertionError({ message: 'The reader refuses it.' }))
      await office.until(() => isEnded)

      assert.deepEqual(reader.taken(), [])
    },
  },
  {
    promise: 'serves a reader who comes back from where he was',
    async check(office) {
      const first = await office.read()
      await office.send(4)
      await office.until(() => first.subscription.position === 4)
      await first.subscription[Symbol.asyncDispose]()
      await office.send(4)

      const second = await office.read({ after: 4 })
      await office.relay()
      await office.until(() => firstTimes(second.taken()).length === 4)

      assert.deepEqual(firstTimes(second.taken()), upTo(8, 5))
    },
  },
  {
    promise: 'ends every subscription when it is closed',
    async check(office) {
      const reader = await office.read()
      await office.send(2)
      await office.until(() => reader.subscription.position === 2)

      await office.broker[Symbol.asyncDispose]()

      assert.deepEqual(firstTimes(reader.taken()), [1, 2])
      await reader.subscription[Symbol.asyncDispose]()
    },
  },
]
