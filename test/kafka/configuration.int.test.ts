import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { openBroker } from '../../src/cli/processes/open-broker.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import { startKafka, whyNoPrivateKafka } from '../servers/kafka.ts'

function open(brokerUrl: string | undefined): Promise<Broker | undefined> {
  const settings = { broker: 'kafka', brokerUrl } as const
  return openBroker({ settings, system: 'shop', clock: nodeClock(), report: () => undefined })
}

describe('"broker": "kafka"', () => {
  it('is refused without an address, and with one that cannot be read', async () => {
    await assert.rejects(open(undefined), {
      code: 'CONFIG_INVALID',
      message: /"broker" is kafka, and DURE_BROKER_URL does not say where it is/,
    })
    await assert.rejects(open('nats://ann:secret@one:4222'), {
      code: 'CONFIG_INVALID',
      message: /Write kafka:\/\/one:9092,two:9092/,
    })
  })

  it('carries messages through the cluster at that address', {
    skip: whyNoPrivateKafka(),
  }, async () => {
    await using cluster = await startKafka()
    await using broker = await open(cluster.url)
    const message = { position: 1, type: 'stock.Reserved', body: '{}' }
    const batch = { topic: 'stock/0', incarnation: 'i1', after: 0, through: 1, messages: [message] }
    const { promise, resolve } = Promise.withResolvers<readonly object[]>()

    await broker?.publish(batch)
    await broker?.subscribe({
      topic: 'stock/0',
      incarnation: 'i1',
      after: 0,
      consumer: 'view',
      wants: () => true,
      deliver: async ({ messages }) => resolve(messages),
    })

    assert.deepEqual(await promise, [message])
  })
})
