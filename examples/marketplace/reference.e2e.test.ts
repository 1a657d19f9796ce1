import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openApi } from 'dure/gateway'
import { serveHttp } from 'dure/http'
import { memoryBroker, memoryStores } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { startSystem } from 'dure/runtime'
import { z } from 'zod'
import { marketplace } from './system.ts'
import { createMarket, type Market } from './verify/market.ts'
import { add, buy, checkoutBody, fill, item } from './verify/shop.ts'

const document = openApi(marketplace)

interface Declared {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string }[]
  readonly responses: Readonly<Record<string, Response>>
}
interface Response {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
type Sent = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body: unknown,
  status: number,
]

/** What the document says of a request, by the path that spells out most of it. */
function declaredFor(method: string, path: string): Declared {
  const [plain = ''] = path.split('?')
  const found = Object.keys(document.paths)
    .filter((each) => new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain))
    .toSorted((one, other) => one.split('{').length - other.split('{').length)
    .map((each) => document.paths[each]?.[method.toLowerCase()])
    .find((each) => each !== undefined)
  assert.ok(found, `${method} ${path} is in the document`)
  return found as unknown as Declared
}

function assertFits(response: Response, body: unknown, what: string): void {
  const resolved = response.$ref ? sharedResponse(response.$ref) : response
  const [content] = Object.values(resolved.content ?? {})
  assert.ok(content && Object.keys(content.schema).length > 0, `${what} has a schema`)
  const $defs = document.components['schemas']
  const alone = JSON.stringify({ ...content.schema, $defs })
  // Why the cast: what the document holds is JSON Schema; its parts lie at another place in a schema of its own.
  const schema = z.fromJSONSchema(
    JSON.parse(
      alone.replaceAll('#/components/schemas/', '#/$defs/'),
    ) as z.core.JSONSchema.JSONSchema,
  )
  const { error } = schema.safeParse(body)
  assert.equal(error?.message, undefined, `${what}: ${JSON.stringify(body)}`)
}

function sharedResponse(reference: string): Response {
  const responses = document.components['responses'] as Readonly<Record<string, Response>>
  const found = responses[reference.replace('#/components/responses/', '')]
  assert.ok(found, `${reference} leads somewhere`)
  return found
}

describe('the reference of the marketplace', () => {
  const open = new AsyncDisposableStack()
  let market: Market

  before(async () => {
    const clock = open.adopt(nodeClock(), (each) => each[Symbol.dispose]())
    const stores = memoryStores()
    const running = await startSystem(marketplace, {
      stores,
      broker: memoryBroker({ clock }),
      clock,
    })
    open.defer(() => running.stop())
    market = createMarket(open.use(await serveHttp(running, marketplace, { port: 0, clock })).url)
    await fill(market, { sellers: 1, customers: 2 })
    await buy(market, 1, { tid: 'first', lines: [item()] })
    await add(market, 2, item())
    await market.settle()
  })
  after(() => open.disposeAsync())

  it('declares the status and the body of what is really answered', async () => {
    const price = { sellerId: 1, productId: 1, price: 11, version: '0', instanceId: 'price' }
    const sent: readonly Sent[] = [
      ['GET', '/cart/2', undefined, 200],
      ['GET', '/cart/999', undefined, 404],
      ['GET', '/cart/none', undefined, 400],
      ['GET', '/cart/1/history/first', undefined, 200],
      ['GET', '/cart/1/history/other', undefined, 404],
      ['GET', '/cart/replica/1/1', undefined, 200],
      ['GET', '/order/1', undefined, 200],
      ['GET', '/order/999', undefined, 404],
      ['GET', '/payment/1/1', undefined, 200],
      ['GET', '/shipment/1/1', undefined, 200],
      ['GET', '/seller/1', undefined, 200],
      ['GET', '/seller/dashboard/1', undefined, 200],
      ['GET', '/customer/1', undefined, 200],
      ['GET', '/product/1', undefined, 200],
      ['GET', '/product/1/1', undefined, 200],
      ['GET', '/stock/1', undefined, 200],
      ['GET', '/stock/1/1', undefined, 200],
      ['GET', '/transactions/first', undefined, 200],
      ['GET', '/transactions/none', undefined, 404],
      ['GET', '/transactions?after=', undefined, 200],
      ['PATCH', '/cart/2/add', item({ Quantity: 0 }), 405],
      ['PATCH', '/cart/2/add', item(), 202],
      ['POST', '/cart/3/checkout', checkoutBody(3, 'a'), 404],
      ['POST', '/cart/1/checkout', checkoutBody(1, 'b'), 405],
      ['POST', '/cart/2/checkout', checkoutBody(2, 'a/b'), 400],
      ['POST', '/cart/2/checkout', checkoutBody(2, 'c'), 202],
      ['POST', '/cart/2/checkout', { ...checkoutBody(2, 'c'), City: 'other' }, 422],
      ['PATCH', '/product', price, 202],
      ['PATCH', '/product', { ...price, productId: 9 }, 404],
      ['PATCH', '/product', { ...price, price: 12 }, 422],
      ['PATCH', '/product', { ...price, Price: 12 }, 400],
      ['PUT', '/product', { seller_id: 1, product_id: 1, price: 1, version: 'v1' }, 202],
      ['PATCH', '/shipment/away', undefined, 202],
      ['PATCH', '/shipment/a+b', undefined, 400],
      ['PATCH', '/reset', undefined, 200],
    ]
    for (const [method, path, body, expected] of sent) {
      const what = `${method} ${path} ${expected}`
      const answer = await market.call(method, path, body)

      const { responses } = declaredFor(method, path)
      const declared = responses[answer.status]
      assert.equal(answer.status, expected, `${what}: ${JSON.stringify(answer.body)}`)
      assert.ok(declared, `${what} is declared`)
      assertFits(declared, answer.body, what)
    }
  })

  it('gives every route of the gateway a success with a shape, and every id in a path a type', () => {
    for (const { method, path } of marketplace.gateways.flatMap(({ routes }) => routes)) {
      const { parameters = [], responses } = declaredFor(method, path)
      const [, success] = Object.entries(responses).find(([status]) => status < '300') ?? []

      assert.doesNotMatch(JSON.stringify(success), /"schema":\{\}/, `${method} ${path}`)
      for (const parameter of parameters) {
        if (!parameter.name?.endsWith('Id')) continue
        assert.partialDeepStrictEqual(parameter, { schema: { type: 'integer', minimum: 1 } })
      }
    }
  })

  it('refuses an Idempotency-Key where the client names the transaction, and does nothing', async () => {
    for (const [method, path, body] of [
      ['POST', '/cart/2/checkout', checkoutBody(2, 'keyed')],
      ['PATCH', '/shipment/keyed', undefined],
    ] as const) {
      const response = await fetch(`${market.url}${path}`, {
        method,
        headers: {
          'idempotency-key': 'k',
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })

      assert.equal(response.status, 400)
      assert.match(await response.text(), /takes no Idempotency-Key: its (instanceId|tid) names/)
    }
    assert.equal((await market.call('GET', '/transactions/keyed')).status, 404)
  })
})
