import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { z } from 'zod'
import { aggregate } from '../language/aggregate.ts'
import { contract } from '../language/contract.ts'
import { composed, gateway, route } from '../language/gateway.ts'
import { service } from '../language/service.ts'
import { system } from '../language/system.ts'
import { openApi } from './open-api.ts'

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

const Stock = contract('stock', {
  commands: {
    reserve: {
      input: z.strictObject({ sku: z.string(), quantity: z.int() }),
      output: z.object({ left: z.int() }),
      rejects: {
        OutOfStock: z.object({ left: z.int() }),
        Closed: z.object({}),
        NotFound: z.object({}),
      },
    },
    sort: { input: category },
  },
  events: {},
  queries: {
    find: {
      input: z.object({ sku: z.string(), limit: z.int().optional() }),
      output: z.object({ left: z.int() }),
    },
  },
})

const Item = aggregate(Stock, 'item', {
  key: (command) => ('sku' in command ? command.sku : command.name),
  initial: () => ({}),
  decide: { reserve: (_state, _command, { reply }) => reply({ left: 0 }), sort: () => [] },
  evolve: {},
})

const shop = system('shop', {
  services: [service(Stock, { aggregates: [Item], queries: { find: async () => ({ left: 0 }) } })],
  gateways: [
    gateway('front', {
      routes: [
        route('POST /items/{sku}/reservations', Stock.reserve),
        route('GET /items/{sku}', Stock.find),
        route('PUT /sorted', Stock.sort, {
          body: z.object({ path: z.string() }),
          input: () => ({ name: '', children: [] }),
          status: 204,
        }),
        composed('GET /dashboard', async () => ({ status: 200 }), { summary: 'All at once.' }),
        composed('POST /orders/{number}', async () => ({ status: 202 }), {
          parameters: { number: z.int().min(1), after: z.string().optional(), from: z.iso.date() },
          answers: {
            202: { summary: 'It is on its way.', body: z.object({ number: z.int() }) },
            405: { summary: 'Not now.' },
          },
          keyless: 'its number names it',
        }),
        route('PUT /items/{sku}', Stock.reserve, {
          id: () => 'own',
          reply: ({ left }) => left,
          answers: {
            200: { summary: 'What is left.', body: z.int() },
            409: { summary: 'There is not enough.' },
          },
        }),
      ],
    }),
  ],
})

const document = openApi(shop)

interface Rendered {
  readonly operationId: string
  readonly parameters: readonly Record<string, unknown>[]
  readonly requestBody?: { readonly required?: true; readonly content: Record<string, unknown> }
  readonly responses: Readonly<Record<string, Record<string, unknown>>>
}

function operation(path: string, method: string): Rendered {
  const rendered = document.paths[path]?.[method]
  assert.ok(rendered, `${method} ${path} is in the document`)
  return rendered as unknown as Rendered
}

test('renders a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator()

  const result = await validator.validate({ ...structuredClone(document) })

  assert.deepEqual(result.errors ?? [], [])
  assert.equal(result.valid, true)
  assert.equal(validator.version, '3.1')
})

test('a validator sees when a document is not valid', async () => {
  const broken = { ...structuredClone(document), paths: { '/a': { get: { responses: 1 } } } }

  const result = await new Validator().validate(broken)

  assert.equal(result.valid, false)
})

test('refers only to what the document holds', () => {
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')

  assert.ok(references.length > 10)
  for (const reference of references) {
    const parts = reference.slice(2).split('/')
    const found = parts.reduce<unknown>(
      (node, part) => (node as Record<string, unknown> | undefined)?.[part],
      document,
    )
    assert.ok(found, `${reference} leads somewhere`)
  }
})

test('a schema that holds itself refers to its own component', () => {
  const schemas = document.components['schemas'] as Record<string, { properties?: unknown }>

  assert.deepEqual(schemas['stock.sort.Input']?.properties, {
    name: { type: 'string' },
    children: { type: 'array', items: { $ref: '#/components/schemas/stock.sort.Input' } },
  })
})

test('describes path and query parameters, and the rest as the body', () => {
  const reserve = operation('/items/{sku}/reservations', 'post')
  const find = operation('/items/{sku}', 'get')

  assert.deepEqual(reserve.parameters[0], {
    name: 'sku',
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })
  assert.deepEqual(reserve.requestBody?.content, {
    'application/json': {
      schema: { $ref: '#/components/schemas/front.postItemsSkuReservations.Body' },
    },
  })
  const schemas = document.components['schemas'] as Record<string, Record<string, unknown>>
  const body = schemas['front.postItemsSkuReservations.Body'] ?? {}
  assert.deepEqual(Object.keys(body['properties'] as object), ['quantity'])
  assert.deepEqual(body['required'], ['quantity'])
  assert.equal(body['additionalProperties'], false)
  assert.deepEqual(
    find.parameters.slice(0, 2).map(({ name, in: place }) => [name, place]),
    [
      ['sku', 'path'],
      ['limit', 'query'],
    ],
  )
  assert.equal(find.requestBody, undefined)
})

test('describes success, each rejection by status, and problems', () => {
  const { responses } = operation('/services/stock/commands/reserve', 'post')

  assert.deepEqual(Object.keys(responses), ['200', '400', '404', '409', '422', 'default'])
  const conflict = JSON.stringify(responses['409'])
  assert.match(conflict, /"const":"OutOfStock"/)
  assert.match(conflict, /"const":"Closed"/)
  assert.match(JSON.stringify(responses['404']), /"const":"NotFound"/)
  assert.deepEqual(Object.keys(operation('/sorted', 'put').responses), [
    '204',
    '400',
    '422',
    'default',
  ])
})

test('commands take an idempotency key, queries a consistency token', () => {
  const references = (rendered: Rendered): string =>
    rendered.parameters.map(({ $ref }) => String($ref)).join(' ')

  const command = references(operation('/services/stock/commands/sort', 'post'))
  const query = references(operation('/services/stock/queries/find', 'post'))

  assert.match(command, /IdempotencyKey/)
  assert.doesNotMatch(command, /ConsistencyToken/)
  assert.match(query, /ConsistencyToken/)
  assert.doesNotMatch(query, /IdempotencyKey/)
})

test('an idempotency key is named only where it makes one order of many requests', () => {
  const takers = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, each]) => JSON.stringify(each).includes('parameters/IdempotencyKey'))
      .map(([method]) => `${method} ${path}`),
  )

  assert.deepEqual(takers, [
    'post /items/{sku}/reservations',
    'put /sorted',
    'post /services/stock/commands/reserve',
    'post /services/stock/commands/sort',
  ])
})

test('a route says what its parameters and its answers are', () => {
  const { parameters, responses } = operation('/orders/{number}', 'post')
  const schemas = document.components['schemas'] as Record<string, Record<string, unknown>>

  assert.deepEqual(
    parameters.slice(0, 3).map(({ name, in: place, required = false }) => [name, place, required]),
    [
      ['number', 'path', true],
      ['after', 'query', false],
      ['from', 'query', true],
    ],
  )
  assert.partialDeepStrictEqual(parameters[0], { schema: { type: 'integer', minimum: 1 } })
  assert.deepEqual(Object.keys(responses), ['202', '400', '405', 'default'])
  assert.deepEqual(responses['202'], {
    description: 'It is on its way.',
    content: {
      'application/json': { schema: { $ref: '#/components/schemas/front.postOrdersNumber.202' } },
    },
  })
  assert.deepEqual(Object.keys(schemas['front.postOrdersNumber.202']?.['properties'] ?? {}), [
    'number',
  ])
  assert.match(JSON.stringify(responses['405']), /problem\+json.*schemas\/Problem"/)
})

test('what a route says of its answers adds to what is known of them', () => {
  const { responses } = operation('/items/{sku}', 'put')

  assert.deepEqual(Object.keys(responses), ['200', '400', '404', '409', 'default'])
  assert.equal(responses['409']?.['description'], 'There is not enough.')
  assert.match(JSON.stringify(responses['409']), /"const":"OutOfStock"/)
  assert.match(JSON.stringify(responses['200']), /front\.putItemsSku\.200/)
  assert.ok(responses['200']?.['headers'])
})

test('gives each operation an id of its own, and a tag', () => {
  const rendered = Object.values(document.paths).flatMap((item) => Object.values(item))
  const ids = rendered.map((each) => each['operationId'])

  assert.equal(new Set(ids).size, 9)
  assert.equal(ids.length, 9)
  assert.deepEqual(
    document.tags.map(({ name }) => name),
    ['stock', 'front', 'stock (default routes)'],
  )
})

test('names servers and version when they are given', () => {
  const given = openApi(shop, { servers: [{ url: 'https://shop.example' }], version: '2.1.0' })

  assert.deepEqual(given.servers, [{ url: 'https://shop.example' }])
  assert.equal(given.info.version, '2.1.0')
  assert.deepEqual(document.servers, [{ url: '/' }])
})
