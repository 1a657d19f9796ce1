import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { natsCarrier } from '../../src/adapters/nats/carrier.ts'
import type { NatsStreamOptions } from '../../src/adapters/nats/jetstream.ts'
import type { Carrier } from '../../src/messaging/carried/carrier.port.ts'
import { findFreePort } from '../servers/server-process.ts'
import { startNats, whyNoPrivateNats } from '../servers/nats.ts'

const topic = 'stock/0'
const message = {
  incarnation: 'i1',
  position: 7,
  type: 'stock.Reserved',
  to: 'order',
  body: '{"specversion":"1.0"}',
}

function open(servers: string, streams: NatsStreamOptions = {}): Promise<Carrier> {
  return natsCarrier({ servers, system: 'shop', streams })
}

async function createStream(servers: string, config: object): Promise<void> {
  const connection = await connect({ servers })
  const name = 'dure_shop_stock_0'
  const given = { name, subjects: ['dure.shop.stock.0.>'], storage: 'memory', ...config }
  const answer = await connection.request(`$JS.API.STREAM.CREATE.${name}`, JSON.stringify(given))
  assert.equal(answer.json<{ readonly error?: object }>().error, undefined)
  await connection.close()
}

/** Answers as JetStream of the domain "other" does, and notes what it was asked. */
async function answerAs(
  servers: string,
  infos: readonly object[],
): Promise<AsyncDisposable & { readonly asked: readonly string[] }> {
  const asked: string[] = []
  const noMessage = { error: { err_code: 10_037 } }
  const connection = await connect({ servers })
  connection.subscribe('$JS.other.API.>', {
    callback: (_, request) => {
      const call = request.subject.split('.').slice(3, 5).join('.')
      const answer = call === 'STREAM.INFO' ? infos[asked.length] : noMessage
      asked.push(call)
      request.respond(JSON.stringify(answer))
    },
  })
  await connection.flush()
  return { asked, [Symbol.asyncDispose]: () => connection.close() }
}

it('says that no server can be reached', async () => {
  const port = await findFreePort()

  await assert.rejects(open(`nats://127.0.0.1:${port}`), { code: 'BROKER_UNAVAILABLE' })
})

describe('streams of NATS', { skip: whyNoPrivateNats() }, () => {
  it('are refused when they are missing and may not be made', async () => {
    await using server = await startNats()
    await using carrier = await open(server.url, { create: false })

    await assert.rejects(carrier.append(topic, [message]), {
      code: 'BROKER_UNSUITABLE',
      message: /Make it for dure\.shop\.stock\.0\.>/,
    })
  })

  it('are refused when they were made in a way that loses messages', async () => {
    await using server = await startNats()
    await createStream(server.url, { retention: 'workqueue', discard: 'new' })
    await using carrier = await open(server.url)

    await assert.rejects(carrier.append(topic, [message]), {
      code: 'BROKER_UNSUITABLE',
      message: /retention is "workqueue", not "limits"; it discards "new"/,
    })
  })

  it('are used as somebody else has made them', async () => {
    await using server = await startNats()
    await createStream(server.url, { max_msgs: 3 })
    await using carrier = await open(server.url, { create: false })

    await carrier.append(topic, [message])

    const { incarnation, position } = (await carrier.last(topic)) ?? {}
    assert.deepEqual([incarnation, position], ['i1', 7])
  })

  it('are not read while the server still makes them', async () => {
    await using server = await startNats()
    const answers = [{ created: '0001-01-01T00:00:00Z' }, { created: '2026-11-23T07:00:00Z' }]
    await using other = await answerAs(server.url, answers)
    const carrier = await natsCarrier({ servers: server.url, system: 'shop', domain: 'other' })

    const last = await carrier.last(topic)

    await carrier[Symbol.asyncDispose]()
    assert.equal(last, undefined)
    assert.deepEqual(other.asked, ['STREAM.INFO', 'STREAM.INFO', 'STREAM.MSG'])
  })

  it('hold what a reader without Dure can read', async () => {
    await using server = await startNats()
    await using carrier = await open(server.url)
    const connection = await connect({ servers: server.url })
    const subscription = connection.subscribe('dure.shop.stock.0.stock.Reserved', { max: 1 })
    await connection.flush()

    await carrier.append(topic, [message])

    for await (const { headers, subject, data } of subscription) {
      assert.equal(subject, 'dure.shop.stock.0.stock.Reserved')
      assert.equal(new TextDecoder().decode(data), message.body)
      const names = ['content-type', 'dure-incarnation', 'dure-position', 'dure-type', 'dure-to']
      assert.deepEqual(
        names.map((name) => headers?.get(name)),
        ['application/cloudevents+json', 'i1', '7', 'stock.Reserved', 'order'],
      )
    }
    await connection.close()
  })
})
