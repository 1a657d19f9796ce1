import { after, describe } from 'node:test'
import { rabbitCarrier } from '../../src/adapters/rabbitmq/carrier.ts'
import { verifyCarrier } from '../brokers/verify-carrier.ts'
import { openRabbit, type RabbitServer, whyNoRabbit } from '../servers/rabbitmq.ts'

describe('RabbitMQ', { skip: whyNoRabbit() }, () => {
  let server: Promise<RabbitServer> | undefined
  after(async () => (await server)?.[Symbol.asyncDispose]())

  verifyCarrier('rabbitmq', async (system) => {
    server ??= openRabbit()
    return rabbitCarrier({ url: (await server).url, system })
  })
})
