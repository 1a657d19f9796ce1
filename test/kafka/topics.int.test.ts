import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { kafkaCarrier, kafkaDefaults } from '../../src/adapters/kafka/carrier.ts'
import { kafkaLimits } from '../../src/adapters/kafka/limits.ts'
import { parseKafkaUrl } from '../../src/adapters/kafka/place.ts'
import type { Carrier } from '../../src/messaging/carried/carrier.port.ts'
import { findKcat } from '../../tools/servers/kafka.ts'
import { until } from '../brokers/verify-carrier.ts'
import { type KafkaCluster, startKafka, whyNoPrivateKafka } from '../servers/kafka.ts'
import { findFreePort } from '../servers/server-process.ts'

const topic = 'stock/0'
const message = {
  incarnation: 'i1',
  position: 7,
  type: 'stock.Reserved',
  to: 'order',
  body: '{"specversion":"1.0"}',
}

function open({ url, limits: { waitMs } }: KafkaCluster): Promise<Carrier> {
  const wait = waitMs === undefined ? {} : { waitMs }
  return kafkaCarrier({ ...parseKafkaUrl(url), ...wait, system: 'shop' })
}

/** Runs the program of another library over the topic, and gives what it prints. */
async function kcat({ url }: KafkaCluster, given: string[], input = ''): Promise<string> {
  const servers = url.slice('kafka://'.length)
  const own = ['-b', servers, '-t', 'dure.shop.stock.0', '-p', '0']
  const running = promisify(execFile)(findKcat() ?? 'kcat', [...given, ...own])
  running.child.stdin?.end(input)
  return (await running).stdout
}

it('says that no server can be reached', async () => {
  const servers = `127.0.0.1:${await findFreePort()}`

  await assert.rejects(kafkaCarrier({ servers, system: 'shop' }), { code: 'BROKER_UNAVAILABLE' })
})

describe('topics of Kafka', { skip: whyNoPrivateKafka() }, () => {
  it('hold what a reader without Dure can read', async () => {
    await using cluster = await startKafka()
    await using carrier = await open(cluster)
    await carrier.append(topic, [message])

    const printed = await kcat(cluster, ['-C', '-o', 'beginning', '-e', '-J'])

    const { key, payload, headers } = JSON.parse(printed) as Record<string, unknown>
    assert.deepEqual([key, payload], [null, message.body])
    assert.deepEqual(headers, [
      'content-type',
      'application/cloudevents+json',
      'dure-incarnation',
      'i1',
      'dure-position',
      '7',
      'dure-type',
      'stock.Reserved',
      'dure-to',
      'order',
    ])
  })

  it('are read past what others have put there, and their end is found behind it', async () => {
    await using cluster = await startKafka()
    await using carrier = await open(cluster)
    await carrier.append(topic, [message])
    const others = 'not of a log\n'.repeat(kafkaLimits.lookedMax * 2)
    await kcat(cluster, ['-P'], others)

    const last = await carrier.last(topic)
    const read: number[] = []
    const take = async (messages: readonly { readonly position: number }[]): Promise<void> =>
      void read.push(...messages.map(({ position }) => position))
    await carrier.consume({ topic, from: 1, take })
    await carrier.append(topic, [{ ...message, position: 8 }])
    await until(() => read.length >= 2)

    assert.deepEqual(last, { incarnation: 'i1', position: 7, place: 1 })
    assert.deepEqual(read, [7, 8])
  })

  it('are read on where they still keep something, by one who was slow', async () => {
    await using cluster = await startKafka()
    await using carrier = await open(cluster)
    const { promise, resolve } = Promise.withResolvers<void>()
    const read: number[] = []
    await carrier.append(topic, [{ ...message, position: 1 }])
    await carrier.consume({
      topic,
      from: 1,
      async take(messages) {
        read.push(...messages.map(({ position }) => position))
        await promise
      },
    })
    await until(() => read.length === 1)
    // The cluster keeps 5 MB of a topic.
    const body = JSON.stringify('x'.repeat(kafkaDefaults.messageBytesMax - 2))
    const large = Array.from({ length: 8 }, (_, index) => ({
      ...message,
      position: index + 2,
      body,
    }))
    await carrier.append(topic, large)

    resolve()
    await until(() => read.at(-1) === 9)

    assert.ok(!read.includes(2) && read.length >= 4, `It read ${read.join(', ')}.`)
    assert.equal((await carrier.last(topic))?.position, 9)
  })
})
