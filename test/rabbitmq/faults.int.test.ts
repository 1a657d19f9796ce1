import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from 'amqplib'
import { rabbitCarrier } from '../../src/adapters/rabbitmq/carrier.ts'
import { startTwoProcesses, type TwoProcesses } from '../brokers/two-processes.ts'
import { until } from '../brokers/verify-carrier.ts'
import { findFreePort } from '../servers/server-process.ts'
import { type PrivateRabbit, startRabbit, whyNoPrivateRabbit } from '../servers/rabbitmq.ts'

const message = { incarnation: 'i1', position: 7, type: 'stock.Reserved', body: '{}' }

function startShop({ url }: PrivateRabbit, system: string): Promise<TwoProcesses> {
  return startTwoProcesses(() => rabbitCarrier({ url, system, timeoutMs: 2_000 }))
}

it('says that no server can be reached', async () => {
  const url = `amqp://127.0.0.1:${await findFreePort()}`

  await assert.rejects(rabbitCarrier({ url, system: 'shop' }), { code: 'BROKER_UNAVAILABLE' })
})

describe('RabbitMQ', { skip: whyNoPrivateRabbit() }, () => {
  it('carries sagas between two processes, also when it stands still, and has lost everything', async () => {
    await using server = await startRabbit()
    await using shop = await startShop(server, 'shop')
    await shop.place(60)
    await shop.settle()

    server.freeze()
    await shop.place(20)
    await until(() => shop.reports.some((text) => text.includes('did not answer')))
    server.thaw()
    await shop.settle()

    await shop.place(60)
    await server.crash()
    server.loseData()
    await server.start()
    await shop.place(60)
    await shop.settle()
  })

  it('is refused where streams are missing and may not be made, or are queues of another kind', async () => {
    await using server = await startRabbit()
    const { url } = server
    await using strict = await rabbitCarrier({ url, system: 'strict', streams: { create: false } })
    const connection = await connect(url)
    const channel = await connection.createChannel()
    await channel.assertQueue('dure.odd.stock.0', { durable: true })
    await using odd = await rabbitCarrier({ url, system: 'odd' })

    await assert.rejects(strict.append('stock/0', [message]), { code: 'BROKER_UNSUITABLE' })
    await assert.rejects(odd.last('stock/0'), { code: 'BROKER_UNSUITABLE' })
    await connection.close()
  })
})
