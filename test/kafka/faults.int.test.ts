import { describe, it } from 'node:test'
import { kafkaCarrier } from '../../src/adapters/kafka/carrier.ts'
import { parseKafkaUrl } from '../../src/adapters/kafka/place.ts'
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
