import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { composed, gateway, type Route, type RouteRequest, route } from '../language/gateway.ts'
import { service } from '../language/service.ts'
import { type System, system } from '../language/system.ts'
import { type DirectOperation, gatewayOperations, rejectionStatus } from './operations.ts'

const Stock = contract('stock', {
  commands: {
    reserve: {
      input: z.object({ sku: z.string(), quantity: z.int(), gift: z.boolean().optional() }),
      output: z.object({ left: z.int() }),
      rejects: { OutOfStock: z.object({}), NotFound: z.object({}) },
      summary: 'Reserves units of an item.',
    },
    release: { input: z.object({ sku: z.string() }) },
  },
  events: { Reserved: z.object({ sku: z.string() }) },
  queries: { item: { input: z.object({ sku: z.string() }), output: z.object({ left: z.int() }) } },
})

const Item = aggregate(Stock, 'item', {
  key: ({ sku }) => sku,
  initial: () => ({}),
  decide: {
    reserve: (_state, _command, { reply }) => reply({ left: 0 }),
    release: () => [],
  },
  evolve: {},
})

function shop(...routes: Route[]): System {
  return system('shop', {
    services: [
      service(Stock, { aggregates: [Item], queries: { item: async () => ({ left: 0 }) } }),
    ],
    gateways: [gateway('front', { routes })],
  })
}

function request(parts: Partial<RouteRequest>): RouteRequest {
  return { params: {}, query: {}, headers: {}, body: undefined, ...parts }
}

function firstDirect(...routes: Route[]): DirectOperation {
  const [first] = gatewayOperations(shop(...routes))
  assert.ok(first && first.kind !== 'composed')
  return first
}

test('serves every command and query, and the routes of the gateways', () => {
  const routes = [
    route('PUT /items/{sku}/reservations', Stock.reserve),
    composed('GET /dashboard', async () => ({ status: 200 })),
  ]

  const operations = gatewayOperations(shop(...routes))

  assert.deepEqual(
    operations.map(({ id, method, path, tag }) => [id, method, path, tag]),
    [
      ['front.putItemsSkuReservations', 'PUT', '/items/{sku}/reservations', 'stock'],
      ['front.getDashboard', 'GET', '/dashboard', 'front'],
      ['stock.reserve', 'POST', '/services/stock/commands/reserve', 'stock (default routes)'],
      ['stock.release', 'POST', '/services/stock/commands/release', 'stock (default routes)'],
      ['stock.item', 'POST', '/services/stock/queries/item', 'stock (default routes)'],
    ],
  )
})

test('answers 200 where there is an output, 202 where there is none, else as the route says', () => {
  const operations = gatewayOperations(shop(route('POST /a', Stock.release, { status: 204 })))

  const statuses = operations.map((each) => (each.kind === 'composed' ? 0 : each.status))

  assert.deepEqual(statuses, [204, 200, 202, 200])
})

test('maps rejections to 404 and 409, else as the route says', () => {
  const plain = firstDirect(route('POST /a', Stock.reserve))
  const own = firstDirect(route('POST /a', Stock.reserve, { rejects: { OutOfStock: 410 } }))

  assert.equal(rejectionStatus(plain, 'NotFound'), 404)
  assert.equal(rejectionStatus(plain, 'OutOfStock'), 409)
  assert.equal(rejectionStatus(own, 'OutOfStock'), 410)
})

test('refuses two routes with one method and path, whatever their parameters are called', () => {
  const second = gateway('back', { routes: [route('GET /items/{id}', Stock.item)] })
  const twice = { ...shop(route('GET /items/{sku}', Stock.item)) }

  assert.throws(() => gatewayOperations({ ...twice, gateways: [...twice.gateways, second] }), {
    code: 'LANGUAGE_DEFINITION_INVALID',
  })
})

test('refuses a path that the server answers by itself', () => {
  for (const path of [
    '/health',
    '/idle',
    '/openapi.json',
    '/reference',
    '/reference/more',
  ] as const) {
    assert.throws(() => gatewayOperations(shop(route(`POST ${path}`, Stock.release))), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  }
})

test('gives routes whose paths read alike different ids', () => {
  const operations = gatewayOperations(
    shop(route('POST /a-b', Stock.release), route('POST /a/b', Stock.release)),
  )

  assert.deepEqual(
    operations.slice(0, 2).map(({ id }) => id),
    ['front.postAB', 'front.postAB2'],
  )
})

test('leaves out the default routes when it is asked to', () => {
  const operations = gatewayOperations(shop(route('POST /a', Stock.release)), {
    defaultRoutes: false,
  })

  assert.deepEqual(
    operations.map(({ path }) => path),
    ['/a'],
  )
})

test('takes the whole body as input on a default route', () => {
  const operation = gatewayOperations(shop()).find(({ id }) => id === 'stock.reserve')

  assert.ok(operation && operation.kind === 'command')
  assert.deepEqual(operation.input(request({ body: [1], query: { sku: 'tea' } })), [1])
})

test('merges path, query and body by name, reading numbers and booleans as the schema asks', () => {
  const { input } = firstDirect(route('POST /items/{sku}', Stock.reserve))

  const merged = input(
    request({ params: { sku: '007' }, query: { gift: 'true' }, body: { quantity: 2 } }),
  )

  assert.deepEqual(merged, { sku: '007', gift: true, quantity: 2 })
})

test('leaves a text that is no exact number for the schema to judge', () => {
  const { input } = firstDirect(route('POST /items/{quantity}', Stock.reserve))

  for (const quantity of ['1e3', '0x10', ' 1', '1.5', '', '9007199254740993', '01', '-']) {
    assert.deepEqual(input(request({ params: { quantity } })), { quantity })
  }
  assert.deepEqual(input(request({ params: { quantity: '-12' } })), { quantity: -12 })
})

test('refuses a name that comes twice with different values', () => {
  const { input } = firstDirect(route('POST /items/{sku}', Stock.reserve))

  assert.throws(() => input(request({ params: { sku: 'tea' }, body: { sku: 'cup' } })), {
    code: 'HTTP_REQUEST_INVALID',
  })
  assert.deepEqual(input(request({ params: { sku: 'tea' }, body: { sku: 'tea' } })), { sku: 'tea' })
})

test('refuses a body that cannot be merged', () => {
  const { input } = firstDirect(route('POST /items/{sku}', Stock.reserve))

  for (const body of [null, [1], 'tea', 1]) {
    assert.throws(() => input(request({ params: { sku: 'tea' }, body })), {
      code: 'HTTP_BODY_INVALID',
    })
  }
})
