import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { serveHttp } from '../../src/adapters/http/index.ts'
import { memoryBroker, memoryStores } from '../../src/adapters/memory/index.ts'
import { nodeClock } from '../../src/adapters/node/index.ts'
import { startSystem } from '../../src/runtime/index.ts'
import { ask, jsonRequest, rawClient, request } from './raw-client.ts'
import { shop } from './shop.ts'

const clock = nodeClock()
const running = await startSystem(shop, {
  stores: memoryStores(),
  broker: memoryBroker({ clock }),
  clock,
})
const server = await serveHttp(running, shop, { port: 0, clock })
const { port } = server
after(async () => {
  await server.stop()
  await running.stop()
  clock[Symbol.dispose]()
})

const reserve = 'POST /services/stock/commands/reserve'
const supply = 'POST /services/stock/commands/supply'

test('a command takes effect, and a query with its token sees it', async () => {
  const supplied = await ask(port, jsonRequest(supply, { sku: 'tea', quantity: 5 }))
  const token = supplied.headers['consistency-token'] ?? ''

  const item = await ask(port, request('GET /items/tea', [`consistency-token: ${token}`]))

  assert.equal(supplied.status, 202)
  assert.match(token, /^stock\/0=\d+$/)
  assert.deepEqual(item.json, { sku: 'tea', left: 5 })
})

test('rejections, input that does not fit and unknown things have their statuses', async () => {
  const missing = await ask(port, jsonRequest(reserve, { sku: 'none', quantity: 1 }))
  const tooMany = await ask(port, jsonRequest(reserve, { sku: 'tea', quantity: 99 }))
  const invalid = await ask(port, jsonRequest(reserve, { sku: 'tea', quantity: 0, extra: 1 }))
  const unanswered = await ask(port, request('GET /items/tea?times=x'))

  assert.deepEqual([missing.status, missing.json['code']], [404, 'NotFound'])
  assert.deepEqual([tooMany.status, tooMany.json['data']], [409, { left: 5 }])
  assert.deepEqual([invalid.status, invalid.json['code']], [400, 'COMMAND_INPUT_INVALID'])
  assert.equal((invalid.json['issues'] as readonly unknown[]).length, 2)
  assert.deepEqual([unanswered.status, unanswered.json['code']], [400, 'QUERY_INPUT_INVALID'])
})

test('a hundred requests under one key take effect once, whichever is first', async () => {
  const keyed = jsonRequest(supply, { sku: 'once', quantity: 1 }, ['idempotency-key: only'])

  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(port, keyed)))
  const item = await ask(port, request('GET /items/once'))

  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: 100 }, () => 202),
  )
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  const first = answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)
  assert.equal(first.length, 1)
  assert.equal(item.json['left'], 1)
})

test('a rejection under a key is kept, too', async () => {
  const keyed = jsonRequest(reserve, { sku: 'later', quantity: 1 }, ['idempotency-key: r-1'])

  const first = await ask(port, keyed)
  await ask(port, jsonRequest(supply, { sku: 'later', quantity: 1 }))
  const again = await ask(port, keyed)

  assert.deepEqual([first.status, again.status], [404, 404])
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.equal(
    again.json['detail'],
    `${String(first.json['detail'])} This is the answer of the first time: a repeated request is not decided anew.`,
  )
})

test('another payload under a used key is 422', async () => {
  const headers = ['idempotency-key: k-2']
  await ask(port, jsonRequest(supply, { sku: 'tea', quantity: 1 }, headers))

  const other = await ask(port, jsonRequest(supply, { sku: 'tea', quantity: 2 }, headers))

  assert.deepEqual([other.status, other.json['code']], [422, 'COMMAND_ID_REUSED'])
})

test('commands of many connections are all carried out', async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(port)))
  for (const client of clients)
    client.write(jsonRequest(supply, { sku: 'many', quantity: 1 }).repeat(10))
  for (const client of clients) {
    for (let count = 0; count < 10; count += 1) assert.equal((await client.answer()).status, 202)
    client[Symbol.dispose]()
  }

  const item = await ask(port, request('GET /items/many'))

  assert.equal(item.json['left'], 200)
})

test('a composed route sees its own commands, and waits until nothing is left', async () => {
  const twins = await ask(port, jsonRequest('POST /twins', { sku: 'twin' }))
  const settled = await ask(port, request('POST /wait'))
  const idle = await ask(port, request('GET /idle'))

  assert.deepEqual(twins.json['item'], { ok: true, output: { sku: 'twin', left: 3 } })
  assert.equal(settled.json['settled'], true)
  assert.equal(idle.json['idle'], true)
})

test('health names every service', async () => {
  const health = await ask(port, request('GET /health'))

  assert.deepEqual(health.json, { status: 'ok', system: 'shop', services: { stock: 'up' } })
})

test('an order may come again after everything was erased', async () => {
  await ask(port, jsonRequest(supply, { sku: 'bag', quantity: 1 }))
  const order = jsonRequest('POST /orders/bag', { number: '1', quantity: 1 })
  const first = await ask(port, order)

  const erased = await ask(port, request('DELETE /everything'))
  const gone = await ask(port, order)
  await ask(port, jsonRequest(supply, { sku: 'bag', quantity: 2 }))
  const anew = await ask(port, jsonRequest('POST /orders/bag', { number: '2', quantity: 1 }))

  assert.deepEqual([first.status, erased.json['changed'], gone.status], [201, true, 404])
  assert.deepEqual(anew.json, { ordered: 'bag', left: 1 })
})

test('a token beyond the log is refused at once: it is invented, or older than an erase', async () => {
  const supplied = await ask(port, jsonRequest(supply, { sku: 'gone', quantity: 1 }))
  const held = [`consistency-token: ${supplied.headers['consistency-token'] ?? ''}`]

  const invented = await ask(port, request('GET /items/tea', ['consistency-token: stock/0=9999']))
  const erased = await ask(port, request('DELETE /everything', held))
  const outdated = await ask(port, request('GET /items/gone', held))

  assert.deepEqual([invented.status, invented.json['code']], [400, 'VIEW_TOKEN_INVALID'])
  assert.equal(erased.headers['consistency-token'], undefined)
  assert.deepEqual([outdated.status, outdated.json['code']], [400, 'VIEW_TOKEN_INVALID'])
})
