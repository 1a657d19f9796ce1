import { after, describe } from 'node:test'
import { kafkaCarrier } from '../../src/adapters/kafka/carrier.ts'
import { parseKafkaUrl } from '../../src/adapters/kafka/place.ts'
import { verifyCarrier } from '../brokers/verify-carrier.ts'
import { type KafkaCluster, openKafka, whyNoKafka } from '../servers/kafka.ts'

describe('Kafka', { skip: whyNoKafka() }, () => {
  let cluster: Promise<KafkaCluster> | undefined
  after(async () => (await cluster)?.[Symbol.asyncDispose]())

  verifyCarrier('kafka', async (system) => {
    cluster ??= openKafka()
    const { url, limits } = await cluster
    return kafkaCarrier({ ...parseKafkaUrl(url), ...limits, system })
  })
})
