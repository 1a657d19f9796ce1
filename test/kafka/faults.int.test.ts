import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kafkaCarrier } from '../../src/adapters/kafka/carrier.ts'
import { parseKafkaUrl } from '../../src/adapters/kafka/place.ts'
import type { CarriedMessage } from '../../src/messaging/carried/carrier.port.ts'
import { startTwoProcesses, type TwoProcesses } from '../brokers/two-processes.ts'
import { until } from '../brokers/verify-carrier.ts'
import { type PrivateKafka, startKafka, whyNoPrivateKafka } from '../servers/kafka.ts'

interface Shop extends TwoProcesses {
  /** Waits until both processes have noticed that the cluster is away. */
  untilLost(): Promise<void>
}

async function startShop({ url, limits }: PrivateKafka): Promise<Shop> {
  const lost = new Set<string>()
  let connections = 0
  const shop = await startTwoProcesses(() => {
    connections += 1
    const name = `connection ${connections}`
    const report = (text: string): void => {
      if (text.includes('to Kafka is lost')) lost.add(name)
      if (text.includes('to Kafka is back')) lost.delete(name)
    }
    return kafkaCarrier({ ...parseKafkaUrl(url), ...limits, system: 'shop', report })
  })
  return Object.assign(shop, { untilLost: () => until(() => lost.size === connections) })
}

describe('two processes over Kafka', { skip: whyNoPrivateKafka() }, () => {
  it('carry sagas from one to the other and back', async () => {
    await using cluster = await startKafka()
    await using shop = await startShop(cluster)

    await shop.place(100)

    await shop.settle()
  })

  it('lose and double nothing when the cluster has lost everything that it acknowledged', async () => {
    await using cluster = await startKafka()
    await using shop = await startShop(cluster)
    await shop.place(60)
    await shop.settle()
    await shop.place(60)
    await cluster.crash()
    await shop.place(60)

    await cluster.start()
    await shop.place(60)

    await shop.settle()
  })

  it('go on when the cluster was cut off under load', async () => {
    await using cluster = await startKafka()
    await using shop = await startShop(cluster)
    for (let round = 0; round < 2; round += 1) {
      await shop.place(80)
      cluster.cut()
      await shop.place(20)
      await shop.untilLost()
      cluster.mend()
    }

    await shop.settle()
  })

  it('go on when the cluster stood still, and say that it did', async () => {
    await using cluster = await startKafka()
    await using shop = await startShop(cluster)
    await shop.place(20)
    cluster.freeze()
    await shop.place(20)
    await shop.untilLost()

    cluster.thaw()

    await shop.settle()
  })
})

describe('a carrier over Kafka', { skip: whyNoPrivateKafka() }, () => {
  it('reads a topic that was lost and begun anew from its first message, also where it is shorter', async () => {
    await using cluster = await startKafka()
    const options = { ...parseKafkaUrl(cluster.url), ...cluster.limits, system: 'shop' }
    await using carrier = await kafkaCarrier(options)
    const topic = 'stock/0'
    const read = new Set<string>()
    await carrier.append(topic, messages('i1', 9))
    await carrier.consume({
      topic,
      from: 1,
      async take(batch) {
        for (const { incarnation, position } of batch) read.add(`${incarnation} ${position}`)
      },
    })
    await until(() => read.has('i1 9'))
    await cluster.crash()
    await cluster.start()

    // It may not be found again at once.
    const append = (): Promise<void> => carrier.append(topic, messages('i2', 3))
    await until(() =>
      append().then(
        () => true,
        () => false,
      ),
    )

    await until(() => read.has('i2 3'))
    assert.deepEqual([...read].slice(9), ['i2 1', 'i2 2', 'i2 3'])
  })
})

function messages(incarnation: string, count: number): readonly CarriedMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    incarnation,
    position: index + 1,
    type: 'stock.Reserved',
    body: '{}',
  }))
}
