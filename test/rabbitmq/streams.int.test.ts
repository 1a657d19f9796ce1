import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, type Options } from 'amqplib'
import { rabbitCarrier } from '../../src/adapters/rabbitmq/carrier.ts'
import { rabbitLimits } from '../../src/adapters/rabbitmq/link.ts'
import { freshSystem } from '../brokers/verify-carrier.ts'
import { openRabbit, whyNoRabbit } from '../servers/rabbitmq.ts'

const message = {
  incarnation: 'i1',
  position: 7,
  type: 'stock.Reserved',
  to: 'order',
  body: '{"specversion":"1.0"}',
}

describe('a stream of RabbitMQ', { skip: whyNoRabbit() }, () => {
  it('finds the end of a log behind many marks, and is read by others without Dure', async () => {
    await using server = await openRabbit()
    const system = freshSystem()
    await using carrier = await rabbitCarrier({ url: server.url, system })
    const connection = await connect(server.url)
    const channel = await connection.createConfirmChannel()
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await carrier.append('stock/0', [message])
    await channel.bindQueue(queue, `dure.${system}`, 'stock.*.stock.Reserved')
    await carrier.append('stock/0', [{ ...message, position: 8 }])
    for (let count = 0; count < rabbitLimits.lookedMax * 3; count += 1) {
      channel.sendToQueue(`dure.${system}.stock.0`, Buffer.from('{}'))
      await channel.waitForConfirms()
    }

    const last = await carrier.last('stock/0')
    const read = await channel.get(queue, { noAck: true })

    assert.deepEqual([last?.incarnation, last?.position], ['i1', 8])
    assert.ok((last?.place ?? 0) > rabbitLimits.lookedMax * 3)
    assert.ok(read)
    const properties: Options.Publish = read.properties
    assert.equal(read.content.toString('utf8'), message.body)
    assert.equal(properties.contentType, 'application/cloudevents+json')
    assert.deepEqual(properties.headers, {
      'dure-incarnation': 'i1',
      'dure-position': 8,
      'dure-type': 'stock.Reserved',
      'dure-to': 'order',
    })
    await connection.close()
  })
})
