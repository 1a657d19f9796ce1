import assert from 'node:assert/strict'
import { it } from 'node:test'
import { memoryMessageServer } from '../../adapters/memory/carrier.ts'
import type { MessageBatch } from '../broker.port.ts'
import { createOutgoing } from './outgoing.ts'

const topic = 'stock/0'

function batch(after: number, through: number): MessageBatch {
  const messages = Array.from({ length: through - after }, (_, index) => ({
    position: after + index + 1,
    type: 'stock.Supplied',
    body: '{}',
  }))
  return { topic, incarnation: 'i1', after, through, messages }
}

it('goes back for whoever asks, beside what is new, until both meet', async () => {
  let wakes = 0
  const server = memoryMessageServer()
  const carrier = server.open()
  const outgoing = createOutgoing({ carrier, topic, wake: () => (wakes += 1) })
  await outgoing.wanted('i1')
  await outgoing.publish(batch(0, 6))

  await carrier.ask({ topic, incarnation: 'i1', after: 2 })
  const asked = await outgoing.wanted('i1')
  await outgoing.publish(batch(2, 4))
  await outgoing.publish(batch(6, 7))
  const between = await outgoing.wanted('i1')
  await outgoing.publish(batch(4, 7))

  assert.deepEqual(asked, [2, 6])
  assert.deepEqual(between, [4, 7])
  assert.deepEqual(await outgoing.wanted('i1'), [7])
  assert.equal(wakes, 1)
})

it('does not go back for what it has not reached, nor for another log', async () => {
  const carrier = memoryMessageServer().open()
  const outgoing = createOutgoing({ carrier, topic, wake: () => assert.fail('Nobody is woken.') })
  await outgoing.wanted('i1')
  await outgoing.publish(batch(0, 6))

  await carrier.ask({ topic, incarnation: 'i1', after: 6 })
  await carrier.ask({ topic, incarnation: 'i0', after: 2 })

  assert.deepEqual(await outgoing.wanted('i1'), [6])
})

it('goes back while it publishes, to what was asked for meanwhile', async () => {
  const carrier = memoryMessageServer().open()
  const outgoing = createOutgoing({ carrier, topic, wake: () => undefined })
  await outgoing.wanted('i1')
  await outgoing.publish(batch(0, 9))
  outgoing.rewind({ topic, incarnation: 'i1', after: 5 })

  const published = outgoing.publish(batch(5, 7))
  await Promise.resolve()
  outgoing.rewind({ topic, incarnation: 'i1', after: 1 })
  await published

  assert.deepEqual(await outgoing.wanted('i1'), [1, 9])
})

it('publishes what it was not answered for again', async () => {
  const server = memoryMessageServer()
  const carrier = server.open()
  const outgoing = createOutgoing({ carrier, topic, wake: () => undefined })
  await outgoing.wanted('i1')
  await outgoing.publish(batch(0, 3))
  server.pause()

  await assert.rejects(outgoing.publish(batch(3, 6)), { code: 'BROKER_UNAVAILABLE' })
  await assert.rejects(outgoing.wanted('i1'), { code: 'BROKER_UNAVAILABLE' })
  server.goOn()

  assert.deepEqual(await outgoing.wanted('i1'), [3])
})

it('learns from the server how far somebody before it came', async () => {
  const carrier = memoryMessageServer().open()
  const before = createOutgoing({ carrier, topic, wake: () => undefined })
  await before.wanted('i1')
  await before.publish(batch(0, 4))

  const after = createOutgoing({ carrier, topic, wake: () => undefined })

  assert.deepEqual(await after.wanted('i1'), [4])
  assert.deepEqual(await after.wanted('i2'), [0])
})

it('learns that another relay has come farther when it looks again', async () => {
  const server = memoryMessageServer()
  const options = { carrier: server.open(), topic, wake: () => undefined }
  const [one, other] = [createOutgoing(options), createOutgoing(options)]
  await one.wanted('i1')
  await other.wanted('i1')
  await other.publish(batch(0, 5))

  one.doubt()

  assert.deepEqual(await one.wanted('i1'), [5])
})
