import { after, describe } from 'node:test'
import { natsCarrier } from '../../src/adapters/nats/carrier.ts'
import { verifyCarrier } from '../brokers/verify-carrier.ts'
import { type NatsServer, openNats, whyNoNats } from '../servers/nats.ts'

describe('NATS', { skip: whyNoNats() }, () => {
  let server: Promise<NatsServer> | undefined
  after(async () => (await server)?.[Symbol.asyncDispose]())

  verifyCarrier('nats', async (system) => {
    server ??= openNats()
    const { url } = await server
    return natsCarrier({ servers: url, system, streams: { bytesMax: 67_108_864 } })
  })
})
