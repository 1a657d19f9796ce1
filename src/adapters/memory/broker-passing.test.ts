import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { MessageBatch } from '../../messaging/broker.port.ts'
import { memoryBroker } from './broker.ts'
import { virtualClock } from './clock.ts'

function batch(after: number, types: readonly string[]): MessageBatch {
  const messages = types.map((type, index) => ({ position: after + index + 1, type, body: '{}' }))
  return { topic: 'stock/0', incarnation: 'one', after, through: after + types.length, messages }
}

it('tells how far a topic was passed over, and delivers an empty batch only now and then', async () => {
  const passed: number[] = []
  const delivered: number[] = []
  await using broker = memoryBroker({ clock: virtualClock(), limits: { passedMax: 4 } })
  await using _subscription = await broker.subscribe({
    consumer: 'inbox',
    topic: 'stock/0',
    incarnation: 'one',
    after: 0,
    wants: ({ type }) => type === 'wanted',
    passOver: ({ through }) => void passed.push(through),
    deliver: async ({ through }) => void delivered.push(through),
  })

  await broker.publish(batch(0, ['other', 'other']))
  await broker.publish(batch(2, ['other', 'other']))
  await broker.publish(batch(4, ['wanted']))
  while (delivered.length < 2) await Promise.resolve()

  assert.deepEqual({ passed, delivered }, { passed: [2], delivered: [4, 5] })
  assert.deepEqual(await broker.wanted('stock/0', 'one'), [5])
})
