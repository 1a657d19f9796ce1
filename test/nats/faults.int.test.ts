import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { natsCarrier } from '../../src/adapters/nats/carrier.ts'
import { startTwoProcesses, type TwoProcesses } from '../brokers/two-processes.ts'
import { until } from '../brokers/verify-carrier.ts'
import { type PrivateNats, startNats, whyNoPrivateNats } from '../servers/nats.ts'

function startShop(server: PrivateNats): Promise<TwoProcesses> {
  const options = { servers: server.url, system: 'shop', timeoutMs: 1_000 }
  return startTwoProcesses(() => natsCarrier(options))
}

describe('two processes over NATS', { skip: whyNoPrivateNats() }, () => {
  it('carry sagas from one to the other and back', async () => {
    await using server = await startNats()
    await using shop = await startShop(server)

    await shop.place(100)

    await shop.settle()
  })

  it('lose and double nothing when the server has lost everything that it acknowledged', async () => {
    await using server = await startNats()
    await using shop = await startShop(server)
    await shop.place(60)
    await shop.settle()
    await shop.place(60)
    await server.crash()
    server.loseData()
    await shop.place(60)

    await server.start()
    await shop.place(60)

    await shop.settle()
  })

  it('go on when the server was cut off under load', async () => {
    await using server = await startNats()
    await using shop = await startShop(server)
    for (let round = 0; round < 2; round += 1) {
      await shop.place(80)
      await server.crash()
      await shop.place(20)
      await server.start()
    }

    await shop.settle()
  })

  it('go on when the server stood still, and say that it did', async () => {
    await using server = await startNats()
    await using shop = await startShop(server)
    await shop.place(20)
    server.freeze()
    await shop.place(20)
    await until(() => shop.reports.some((text) => /did not (?:acknowledge|answer)/.test(text)))

    server.thaw()

    await shop.settle()
  })

  it('go on when the server has forgotten who reads', async () => {
    await using server = await startNats()
    await using shop = await startShop(server)
    await shop.place(20)
    await shop.settle()

    const forgotten = await forgetConsumers(server.url, 'dure_shop_order_0')
    await shop.place(20)

    assert.ok(forgotten > 0)
    await shop.settle()
  })
})

async function forgetConsumers(servers: string, stream: string): Promise<number> {
  const connection = await connect({ servers })
  const answer = await connection.request(`$JS.API.CONSUMER.NAMES.${stream}`, '{}')
  const { consumers } = answer.json() as { readonly consumers: readonly string[] }
  for (const name of consumers) {
    await connection.request(`$JS.API.CONSUMER.DELETE.${stream}.${name}`, '')
  }
  await connection.close()
  return consumers.length
}
