import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, jsonRequest, rawClient, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'
import { until } from './until.ts'

const supply = 'POST /services/stock/commands/supply'
const tea = { sku: 'tea', quantity: 1 }
const json = 'content-type: application/json'
const options = { timeout: 10_000 }

test('requests that come together are answered in their order', options, async () => {
  await using served = await serveShop()
  using client = await rawClient(served.port)
  const paths = ['/items/none', '/health', '/nowhere', '/items/tea']

  client.write(paths.map((path) => request(`GET ${path}`)).join(''))
  const statuses = []
  for (const _path of paths) statuses.push((await client.answer()).status)

  assert.deepEqual(statuses, [404, 200, 404, 200])
})

test('more requests at once than a connection may send are refused', options, async () => {
  await using served = await serveShop({ limits: { pipelinedMax: 2 } })
  const release = served.running.hold()
  using client = await rawClient(served.port)

  client.write(request('GET /items/tea').repeat(3))
  await until(() => served.running.waiting === 2)
  release()
  const statuses = []
  for (let count = 0; count < 3; count += 1) statuses.push((await client.answer()).status)

  assert.deepEqual(statuses, [200, 200, 503])
  assert.equal(await client.closed(), '')
})

test(
  'what cannot be read never takes the place of the answer to an earlier command',
  options,
  async () => {
    await using served = await serveShop()
    const release = served.running.hold()
    using client = await rawClient(served.port)
    client.write(jsonRequest(supply, tea))
    await until(() => served.running.waiting === 1)

    client.write('GARBAGE\r\n\r\n')
    // A round trip of another client: the server has seen what was sent before it.
    await ask(served.port, request('GET /health'))
    client.write('MORE GARBAGE\r\n\r\n')
    release()
    const answer = await client.answer()

    assert.deepEqual([answer.status, answer.headers['connection']], [202, 'close'])
    assert.equal(await client.closed(), '')
  },
)

test('a broken chunk refuses its own request and ends the connection', options, async () => {
  await using served = await serveShop()
  using client = await rawClient(served.port)
  client.write(jsonRequest(supply, tea))
  client.write(request(supply, [json, 'transfer-encoding: chunked']))

  client.write('zz\r\n')
  const first = await client.answer()
  const second = await client.answer()

  assert.equal(first.status, 202)
  assert.deepEqual([second.status, second.headers['connection']], [400, 'close'])
  assert.equal(await client.closed(), '')
  assert.equal(served.running.calls.length, 1)
})

test('a body in chunks is one body', options, async () => {
  await using served = await serveShop()
  const text = JSON.stringify(tea)
  const [one, two] = [text.slice(0, 9), text.slice(9)]

  const answer = await ask(
    served.port,
    request(supply, [json, 'transfer-encoding: chunked']),
    `${one.length.toString(16)}\r\n${one}\r\n`,
    `${two.length.toString(16)}\r\n${two}\r\n0\r\nx-sum: 1\r\n\r\n`,
  )

  assert.equal(answer.status, 202)
})

test(
  'a refused body ends the connection, and the refusal arrives although the client goes on',
  options,
  async () => {
    await using served = await serveShop({ limits: { bodyBytesMax: 1_000 } })
    using client = await rawClient(served.port)
    client.write(request(supply, [json, 'content-length: 3000000']))

    client.write('x'.repeat(1_000_000))
    const answer = await client.answer()
    client.write('x'.repeat(2_000_000))

    assert.deepEqual([answer.status, answer.headers['connection']], [413, 'close'])
    assert.equal(await client.closed(), '')
  },
)

test('what is left of a refused body is not waited for longer than a moment', options, async () => {
  await using served = await serveShop({ limits: { bodyBytesMax: 10, lingerMs: 20 } })
  using client = await rawClient(served.port)

  client.write(request(supply, [json, 'content-length: 3000000']) + 'x')
  const answer = await client.answer()

  assert.equal(answer.status, 413)
  assert.equal(await client.closed(), '')
})

test(
  'a client that asks first is told to go on, or is refused before it sends',
  options,
  async () => {
    await using served = await serveShop()
    using polite = await rawClient(served.port)
    const body = JSON.stringify(tea)
    const expecting = (length: number): string =>
      request(supply, [json, 'expect: 100-continue', `content-length: ${length}`])

    polite.write(expecting(body.length))
    const goOn = await polite.answer()
    polite.write(body)
    const answer = await polite.answer()
    const tooLarge = await ask(served.port, expecting(2_000_000))

    assert.deepEqual([goOn.status, answer.status, tooLarge.status], [100, 202, 413])
  },
)

test('HTTP/1.0 is answered and the connection closed', options, async () => {
  await using served = await serveShop()
  using client = await rawClient(served.port)

  client.write('GET /items/tea HTTP/1.0\r\nhost: localhost\r\n\r\n')
  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(await client.closed(), '')
})

test('a connection ends after as many requests as it may send', options, async () => {
  await using served = await serveShop({ limits: { requestsPerConnectionMax: 2 } })
  using client = await rawClient(served.port)

  client.write(request('GET /items/tea'))
  const first = await client.answer()
  client.write(request('GET /items/tea'))
  const last = await client.answer()

  assert.deepEqual(
    [first.headers['connection'], last.headers['connection']],
    ['keep-alive', 'close'],
  )
  assert.equal(await client.closed(), '')
})

test('one connection more than there may be is closed at once', options, async () => {
  await using served = await serveShop({ limits: { connectionsMax: 1 } })
  using first = await rawClient(served.port)
  first.write(request('GET /items/tea'))
  await first.answer()

  using second = await rawClient(served.port)

  assert.equal(await second.closed(), '')
})

test('an upgrade is not taken up: the request is answered as it is', options, async () => {
  await using served = await serveShop()
  const headers = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-key: x']

  const answer = await ask(served.port, request('GET /items/tea', headers))

  assert.equal(answer.status, 200)
})

test('another expectation is not met', options, async () => {
  await using served = await serveShop()

  const answer = await ask(served.port, request('GET /items/tea', ['expect: a-miracle']))

  assert.deepEqual([answer.status, answer.json['code']], [417, 'HTTP_EXPECTATION_UNSUPPORTED'])
})
