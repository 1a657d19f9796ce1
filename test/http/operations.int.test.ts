import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DureError } from '../../src/language/errors.ts'
import { ask, jsonRequest, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'

const served = await serveShop()
after(() => served[Symbol.asyncDispose]())
const { port, running } = served

const reserve = 'POST /services/stock/commands/reserve'
const supply = 'POST /services/stock/commands/supply'
const item = 'POST /services/stock/queries/item'

test('runs a command and answers with its output and a consistency token', async () => {
  const answer = await ask(port, jsonRequest(reserve, { sku: 'tea', quantity: 1 }))

  assert.equal(answer.status, 200)
  assert.deepEqual(answer.json, { sku: 'tea', left: 9 })
  assert.equal(answer.headers['content-type'], 'application/json')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.match(answer.headers['consistency-token'] ?? '', /^stock\/0=\d+$/)
})

test('a command without an output is answered 202 with its id', async () => {
  const answer = await ask(port, jsonRequest(supply, { sku: 'cup', quantity: 5 }))

  assert.equal(answer.status, 202)
  assert.deepEqual(Object.keys(answer.json), ['id'])
})

test('runs a query by default route and by path', async () => {
  await ask(port, jsonRequest(supply, { sku: 'pot', quantity: 5 }))

  const posted = await ask(port, jsonRequest(item, { sku: 'pot' }))
  const gotten = await ask(port, request('GET /items/pot?times=2'))

  assert.deepEqual(posted.json, { sku: 'pot', left: 5 })
  assert.deepEqual(gotten.json, { sku: 'pot', left: 10 })
})

test('a spelled-out path goes before a parameter, and parameters are decoded', async () => {
  await ask(port, jsonRequest(supply, { sku: 'blue cup', quantity: 3 }))

  const favourite = await ask(port, request('GET /items/favourite'))
  const decoded = await ask(port, request('GET /items/blue%20cup'))

  assert.equal(favourite.json['sku'], 'tea')
  assert.deepEqual(decoded.json, { sku: 'blue cup', left: 3 })
})

test('HEAD is GET without the body', async () => {
  const { headers, status } = await fetch(`http://127.0.0.1:${port}/items/tea`, { method: 'HEAD' })

  assert.equal(status, 200)
  assert.match(headers.get('content-length') ?? '', /^\d\d$/)
})

test('a rejection is a problem with its name and data', async () => {
  const conflict = await ask(port, jsonRequest(reserve, { sku: 'tea', quantity: 999 }))
  const missing = await ask(port, jsonRequest(reserve, { sku: 'none', quantity: 1 }))

  assert.equal(conflict.status, 409)
  assert.equal(conflict.headers['content-type'], 'application/problem+json')
  assert.deepEqual(conflict.json, {
    type: 'urn:dure:rejection:stock.reserve:OutOfStock',
    title: 'OutOfStock',
    status: 409,
    detail: 'stock.reserve was rejected: out of stock (OutOfStock).',
    code: 'OutOfStock',
    data: { left: 9 },
  })
  assert.equal(missing.status, 404)
  assert.equal(missing.json['code'], 'NotFound')
})

test('a route has its own status, answer, id and status of a rejection', async () => {
  const order = { number: '17', quantity: 1 }
  await ask(port, jsonRequest(supply, { sku: 'bag', quantity: 1 }))

  const first = await ask(port, jsonRequest('POST /orders/bag', order))
  const again = await ask(port, jsonRequest('POST /orders/bag', order))
  const gone = await ask(port, jsonRequest('POST /orders/bag', { number: '18', quantity: 1 }))

  assert.equal(first.status, 201)
  assert.deepEqual(first.json, { ordered: 'bag', left: 0 })
  assert.equal(first.headers['idempotency-replayed'], undefined)
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.deepEqual(again.json, first.json)
  assert.equal(gone.status, 410)
})

test('tells which fields do not fit', async () => {
  const answer = await ask(port, jsonRequest(supply, { sku: '', quantity: 'x' }))

  assert.equal(answer.status, 400)
  assert.equal(answer.json['code'], 'COMMAND_INPUT_INVALID')
  const issues = answer.json['issues'] as readonly { readonly path: string }[]
  assert.deepEqual(
    issues.map(({ path }) => path),
    ['sku', 'quantity'],
  )
})

test('a command under one key takes effect once, and is answered as the first time', async () => {
  const keyed = jsonRequest(supply, { sku: 'key', quantity: 2 }, ['idempotency-key: k-1'])

  const first = await ask(port, keyed)
  const again = await ask(port, keyed)
  const stock = await ask(port, request('GET /items/key'))

  assert.equal(first.headers['idempotency-replayed'], undefined)
  assert.equal(again.headers['idempotency-replayed'], 'true')
  assert.deepEqual(again.json, first.json)
  assert.equal(stock.json['left'], 2)
})

test('another payload under a used key is refused with 422', async () => {
  const headers = ['idempotency-key: k-2']
  await ask(port, jsonRequest(supply, { sku: 'key', quantity: 2 }, headers))

  const other = await ask(port, jsonRequest(supply, { sku: 'key', quantity: 3 }, headers))

  assert.equal(other.status, 422)
  assert.equal(other.json['code'], 'COMMAND_ID_REUSED')
})

test('one key may be used for several operations', async () => {
  const headers = ['idempotency-key: k-3']

  const supplied = await ask(port, jsonRequest(supply, { sku: 'tea', quantity: 1 }, headers))
  const reserved = await ask(port, jsonRequest(reserve, { sku: 'tea', quantity: 1 }, headers))

  assert.deepEqual([supplied.status, reserved.status], [202, 200])
  assert.equal(reserved.headers['idempotency-replayed'], undefined)
})

test('hands on the trace when it is well formed, and passes over a broken one', async () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  await ask(port, request('GET /items/tea', [`traceparent: ${trace}`]))
  await ask(port, request('GET /items/tea', ['traceparent: 00-zz']))

  const [whole, broken] = running.calls.slice(-2)
  assert.equal(whole?.options.trace, trace)
  assert.equal(broken !== undefined && 'trace' in broken.options, false)
})

test('a query with the token of a command sees its effect', async () => {
  const supplied = await ask(port, jsonRequest(supply, { sku: 'token', quantity: 4 }))
  const token = supplied.headers['consistency-token'] ?? ''

  const seen = await ask(port, request('GET /items/token', [`consistency-token: ${token}`]))
  const ahead = await ask(port, request('GET /items/token', ['consistency-token: stock/0=99999']))

  assert.equal(seen.json['left'], 4)
  assert.deepEqual([ahead.status, ahead.json['code']], [400, 'VIEW_TOKEN_INVALID'])
})

test('a caller may give up sooner than the server, never later', async () => {
  const before = Date.now()

  await ask(port, request('GET /items/tea', ['request-timeout-ms: 500']))
  await ask(port, request('GET /items/tea', ['request-timeout-ms: 9999999']))
  await ask(port, request('GET /items/tea'))

  const [sooner = 0, capped = 0, plain = 0] = running.calls
    .slice(-3)
    .map(({ options }) => (options.deadlineMs ?? 0) - before)
  assert.ok(sooner >= 500 && sooner < 5_000, `${sooner}`)
  assert.ok(capped >= 30_000 && capped < 35_000, `${capped}`)
  assert.ok(plain >= 30_000 && plain < 35_000, `${plain}`)
})

test('a composed route joins operations, and its queries see its commands', async () => {
  const answer = await ask(port, jsonRequest('POST /twins', { sku: 'twin' }))

  assert.equal(answer.headers['x-twins'], 'two')
  assert.deepEqual(answer.json, {
    ok: true,
    item: { ok: true, output: { sku: 'twin', left: 3 } },
  })
  const query = running.calls.at(-1)
  assert.equal(`stock/0=${query?.options.token?.['stock/0']}`, answer.headers['consistency-token'])
})

test('an idempotency key is refused where it would have no effect', async () => {
  const headers = ['idempotency-key: k-9']
  const before = running.calls.length
  const named = await ask(
    port,
    jsonRequest('POST /orders/tea', { number: '99', quantity: 1 }, headers),
  )
  const keyless = await ask(port, jsonRequest('POST /keyless', {}, headers))
  const without = await ask(port, jsonRequest('POST /keyless', {}))
  const read = await ask(port, request('GET /items/tea', headers))

  assert.equal(named.status, 400)
  assert.equal(keyless.status, 400)
  assert.equal(
    keyless.json['detail'],
    'This route takes no Idempotency-Key: every request is counted. Leave the header out.',
  )
  assert.deepEqual([without.status, read.status], [405, 200])
  assert.equal(running.calls.length, before + 1)
})

test('a 405 names the methods of its path, whoever says it', async () => {
  const route = await ask(port, jsonRequest('POST /keyless', {}))
  const rejection = await ask(port, jsonRequest('PUT /sold/tea', { quantity: 999 }))
  const router = await ask(port, request('DELETE /items/tea'))

  for (const { status } of [route, rejection, router]) assert.equal(status, 405)
  assert.equal(route.headers['allow'], 'POST')
  assert.equal(rejection.headers['allow'], 'GET, PUT, HEAD')
  assert.equal(router.headers['allow'], 'GET, PATCH, HEAD')
})

test('a rejection says the sentence of its contract', async () => {
  const { json } = await ask(port, jsonRequest(reserve, { sku: 'none', quantity: 1 }))

  assert.equal(json['detail'], 'Nobody sells this. Ask for something else.')
})

test('a composed route repeated under one key repeats its commands', async () => {
  const keyed = jsonRequest('POST /twins', { sku: 'keyed' }, ['idempotency-key: k-1'])

  await ask(port, keyed)
  const again = await ask(port, keyed)

  assert.deepEqual(again.json['item'], { ok: true, output: { sku: 'keyed', left: 3 } })
})

test('a composed route waits until nothing is left to do', async () => {
  running.idleIs(false, false, true)

  const answer = await ask(port, request('POST /wait'))

  assert.deepEqual(answer.json, { settled: true, epoch: running.epoch })
})

test('a composed route may answer with a text of its own, but not steer the connection', async () => {
  const table = await ask(port, request('GET /table'))
  const nothing = await ask(port, request('GET /nothing'))

  assert.equal(table.headers['content-type'], 'text/csv')
  assert.equal(table.text, 'sku;left\r\ntea;10\r\n')
  assert.equal(table.headers['connection'], 'keep-alive')
  assert.deepEqual([nothing.status, nothing.text], [204, ''])
  assert.equal(nothing.headers['content-length'], undefined)
})

test('gives a route the headers and the query, joined and decoded', async () => {
  const answer = await ask(
    port,
    request('GET /echo?a=x+y&b=%26&c', ['X-A: 1', 'x-a: 2', '__proto__: 3']),
  )

  assert.deepEqual(answer.json['query'], { a: 'x y', b: '&', c: '' })
  assert.equal(
    JSON.stringify(answer.json['headers']),
    '{"host":"localhost","x-a":"1, 2","__proto__":"3"}',
  )
})

for (const fault of ['throws', 'status', 'header']) {
  test(`a route that is broken (${fault}) is answered 500, and reported without a word to the caller`, async () => {
    const before = served.reports.length

    const answer = await ask(port, request(`GET /broken/${fault}`))

    assert.equal(answer.status, 500)
    assert.doesNotMatch(answer.text, /secret|inside|x-a|:99\b|\bat /)
    const report = served.reports[before]
    assert.equal(report?.level, 'error')
    assert.equal(typeof answer.json['requestId'], 'string')
    assert.equal(report?.details?.['requestId'], answer.json['requestId'])
  })
}

test('a command to nobody is 404', async () => {
  await using broken = await serveShop()
  broken.running.failWith(new DureError('COMMAND_UNKNOWN', 'Nobody handles it.'))

  const answer = await ask(broken.port, jsonRequest(supply, { sku: 'tea', quantity: 1 }))

  assert.deepEqual([answer.status, answer.json['code']], [404, 'COMMAND_UNKNOWN'])
})

test('a full queue is 503 and says when to come again', async () => {
  await using broken = await serveShop()
  broken.running.failWith(new DureError('COMMAND_QUEUE_FULL', 'The queue is full.'))

  const answer = await ask(broken.port, jsonRequest(supply, { sku: 'tea', quantity: 1 }))

  assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1'])
  assert.equal(answer.json['detail'], 'The queue is full.')
})

test('trouble of the store is 503 and names no file', async () => {
  await using broken = await serveShop()
  broken.running.failWith(new DureError('STORE_READ_ONLY', 'The file /var/stock.db is read-only.'))

  const answer = await ask(broken.port, jsonRequest(supply, { sku: 'tea', quantity: 1 }))

  assert.deepEqual([answer.status, answer.json['code']], [503, 'STORE_READ_ONLY'])
  assert.doesNotMatch(answer.text, /\/var|stock\.db/)
})

test('a defect below is 500, reported, and says nothing', async () => {
  await using broken = await serveShop()
  broken.running.failWith(new RangeError('stack of the store'))

  const answer = await ask(broken.port, jsonRequest(supply, { sku: 'tea', quantity: 1 }))

  assert.deepEqual([answer.status, answer.json['code']], [500, 'INTERNAL_DEFECT'])
  assert.doesNotMatch(answer.text, /stack of/)
  assert.match(String(broken.reports[0]?.details?.['cause']), /stack of the store/)
})

test('a log that fails does not take the answer with it', async () => {
  const report = (): never => {
    throw new TypeError('the disk of the log is full')
  }
  await using broken = await serveShop({ report })

  const first = await ask(broken.port, request('GET /broken/throws'))
  const second = await ask(broken.port, request('GET /items/tea'))

  assert.deepEqual([first.status, second.status], [500, 200])
})
