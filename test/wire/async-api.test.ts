import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { z } from 'zod'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryBroker, memoryStores } from '../../src/adapters/memory/index.ts'
import { kafkaNames } from '../../src/adapters/kafka/names.ts'
import { natsNames } from '../../src/adapters/nats/names.ts'
import { rabbitNames } from '../../src/adapters/rabbitmq/names.ts'
import { asyncApi, type AsyncApiDocument } from '../../src/gateway/async-api/async-api.ts'
import { placesOf } from '../../src/gateway/async-api/broker-places.ts'
import { type Flow, findFlows } from '../../src/gateway/async-api/flows.ts'
import { messageName } from '../../src/gateway/async-api/messages.ts'
import { contract, service, system } from '../../src/index.ts'
import type { Store } from '../../src/log/store.port.ts'
import { decodeEnvelope, encodeEntry, type Envelope } from '../../src/messaging/envelope.ts'
import { startSystem } from '../../src/runtime/index.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { Order, shop, Stock } from '../systems/shop.ts'
import { parcels } from './parcels.ts'

const log = 'stock/0'

interface AmqpBinding {
  readonly amqp: { readonly exchange: { readonly name: string } }
}

function linesOf(flows: readonly Flow[], type: string): readonly string[] {
  return flows
    .filter((flow) => flow.type === type)
    .map(({ kind, from, to }) => `${kind} in ${from} for ${to.join(' and ') || 'nobody'}`)
    .toSorted()
}

/** Every reference of a document that leads nowhere. */
function lostReferences(document: AsyncApiDocument): readonly string[] {
  const found = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)
  return [...found]
    .map(([, path = '']) => path)
    .filter((path) => {
      let node: unknown = document
      for (const part of path.split('/'))
        node = (node as Record<string, unknown> | undefined)?.[part]
      return node === undefined
    })
}

/** What the services of the shop wrote while it carried two orders out. */
async function messagesOfShop(): Promise<readonly Envelope[]> {
  const clock = virtualClock()
  const stores = new Map<string, Store>()
  await using running = await startSystem(shop(), {
    stores: memoryStores(),
    broker: memoryBroker({ clock }),
    clock,
    onOpened: (name, store) => void stores.set(name, store),
  })
  const lines = [{ item: 'tea', quantity: 2 }]
  await running.execute(Stock.supply({ item: 'tea', quantity: 3 }))
  await running.execute(Order.place({ orderId: 'good', account: 'ann', cents: 5, lines }))
  await running.execute(Order.place({ orderId: 'none left', account: 'ann', cents: 5, lines }))
  await untilIdle(running, clock)
  const found: Envelope[] = []
  for (const [name, store] of stores) {
    const entries = await store.read({ partition: 0, after: 0, limit: 1_000 })
    found.push(...entries.map((entry) => decodeEnvelope(encodeEntry(name, entry).body)))
  }
  return found
}

describe('the messages of a system as an AsyncAPI document', () => {
  it('are those that its services tell each other', () => {
    const flows = findFlows(shop())

    assert.deepEqual(linesOf(flows, 'stock.reserve'), [
      'command in order for stock',
      'reply in stock for order',
    ])
    assert.deepEqual(linesOf(flows, 'stock.Reserved'), ['event in stock for nobody'])
    assert.deepEqual(linesOf(flows, 'order.confirm'), [])
    assert.deepEqual(linesOf(findFlows(parcels()), 'postage.Shipped'), [
      'event in postage for order',
    ])
  })

  it('are passed on by every participant of a choreographed saga, without replies', () => {
    const flows = findFlows(shop(undefined, 'choreographed'))

    assert.deepEqual(linesOf(flows, 'payment.pay'), [
      'command in order for payment',
      'command in stock for payment',
    ])
  })

  it('fit the schemas that the document has of them', async () => {
    const document = asyncApi(shop(), { broker: 'nats' })
    const validator = new Ajv({ strict: false, validateFormats: false, allErrors: true })
    validator.addSchema(document, 'document')

    const messages = await messagesOfShop()
    for (const message of messages) {
      const name = messageName(message)
      const fits = validator.compile({ $ref: `document#/components/messages/${name}/payload` })
      assert.ok(fits(message), `${name}: ${JSON.stringify(fits.errors)}`)
      const { data: _data, ...rest } = message
      assert.equal(fits({ ...rest, data: 'something else' }), false, name)
    }

    assert.deepEqual([...new Set(messages.map(messageName))].toSorted(), [
      'order.Confirmed',
      'order.Failed',
      'order.Placed',
      'order.Reminded',
      'payment.Paid',
      'payment.pay',
      'payment.pay.reply',
      'stock.Reserved',
      'stock.Supplied',
      'stock.reserve',
      'stock.reserve.reply',
    ])
  })

  it('lie where the adapters put them', () => {
    const at = (address = ''): string =>
      address.replace('{partition}', '0').replace('{type}', 'stock.Reserved')
    const nats = placesOf('nats', 'dure', 'shop')
    const natsAdapter = natsNames('dure', 'shop')
    const rabbit = placesOf('rabbitmq', 'dure', 'shop')
    const rabbitAdapter = rabbitNames('dure', 'shop')
    const kafka = placesOf('kafka', 'dure', 'shop')
    const kafkaAdapter = kafkaNames('dure', 'shop')
    const exchanges = (['log', 'rewind'] as const).map((what) => rabbit.channelBindings(what))

    assert.equal(at(nats.log('stock')), natsAdapter.subject(log, 'stock.Reserved'))
    assert.equal(at(nats.rewind('stock')), natsAdapter.rewind(log))
    assert.equal(at(rabbit.log('stock')), rabbitAdapter.key(log, 'stock.Reserved'))
    assert.equal(at(kafka.log('stock')), kafkaAdapter.topic(log))
    assert.equal(kafka.rewind('stock'), kafkaAdapter.rewind)
    assert.deepEqual(
      exchanges.map((each) => (each as AmqpBinding | undefined)?.amqp.exchange.name),
      [rabbitAdapter.exchange, rabbitAdapter.rewindExchange],
    )
  })

  it('are, of one service, what it writes and what it takes', () => {
    const { channels, operations } = asyncApi(parcels(), { broker: 'nats', service: 'postage' })

    assert.deepEqual(Object.keys(operations).toSorted(), [
      'postage.answer.postage.ship.from.order',
      'postage.publish-again',
      'postage.rewind.order',
      'postage.write',
    ])
    assert.deepEqual(Object.keys(channels['order']?.['messages'] ?? {}), ['postage.ship'])
    assert.throws(() => asyncApi(parcels(), { service: 'nobody' }), {
      code: 'LANGUAGE_DEFINITION_INVALID',
      message: 'System "parcels" has no service "nobody". It has: order, postage.',
    })
  })

  it('refer only to what the document holds, in schemas that refer to themselves too', () => {
    interface Category {
      readonly name: string
      readonly children: readonly Category[]
    }
    const category: z.ZodType<Category> = z.object({
      name: z.string(),
      get children() {
        return z.array(category)
      },
    })
    const Shelf = contract('shelf', {
      events: { Sorted: category, Labelled: z.object({ under: category }) },
    })

    const document = asyncApi(system('library', { services: [service(Shelf, {})] }))

    assert.match(JSON.stringify(document), /#\/components\/schemas\/shelf\.Sorted"/)
    assert.deepEqual(lostReferences(document), [])
    assert.deepEqual(lostReferences(asyncApi(shop(), { broker: 'rabbitmq', host: 'one:5672' })), [])
  })
})
