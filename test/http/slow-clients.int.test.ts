import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpLimits } from '../../src/adapters/http/index.ts'
import { ask, jsonRequest, rawClient, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'
import { until } from './until.ts'

const supply = 'POST /services/stock/commands/supply'
const tea = { sku: 'tea', quantity: 1 }
const json = 'content-type: application/json'
const impatient = { headersTimeoutMs: 60, receiveTimeoutMs: 60, timeoutCheckMs: 10 }
const options = { timeout: 10_000 }

test(
  'a client that does not finish its headers gets 408, and others do not wait for it',
  options,
  async () => {
    await using served = await serveShop({ limits: impatient })
    using slow = await rawClient(served.port)
    slow.write('GET /health HTTP/1.1\r\nhost: loc')

    const other = await ask(served.port, request('GET /items/tea'))
    const answer = await slow.answer()

    assert.equal(other.status, 200)
    assert.deepEqual([answer.status, answer.json['code']], [408, 'HTTP_REQUEST_TIMEOUT'])
    assert.equal(await slow.closed(), '')
  },
)

test('a client that never says anything is sent away', options, async () => {
  await using served = await serveShop({ limits: impatient })
  using silent = await rawClient(served.port)

  await silent.closed()

  assert.equal(served.running.calls.length, 0)
})

test('a body that stops coming gets 408, and nothing is carried out', options, async () => {
  await using served = await serveShop({ limits: impatient })
  using slow = await rawClient(served.port)
  slow.write(request(supply, [json, 'content-length: 100']) + '{"sku":')

  const answer = await slow.answer()

  assert.deepEqual([answer.status, answer.json['code']], [408, 'HTTP_REQUEST_TIMEOUT'])
  assert.equal(await slow.closed(), '')
  assert.equal(served.running.calls.length, 0)
})

test('a body that comes in small pieces is one body', options, async () => {
  await using served = await serveShop()
  using client = await rawClient(served.port)
  client.socket.setNoDelay(true)

  for (const byte of jsonRequest(supply, { sku: 'tea', quantity: 1, note: 'ä😀' })) {
    client.write(byte)
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  const answer = await client.answer()

  assert.equal(answer.status, 202)
})

test(
  'a client that goes away in the middle of its body leaves nothing behind',
  options,
  async () => {
    await using served = await serveShop({ limits: { requestsInFlightMax: 1 } })
    const leaving = await rawClient(served.port)
    leaving.write(request(supply, [json, 'content-length: 100']) + '{"sku":')
    const busy = await ask(served.port, request('GET /items/tea'))

    leaving.socket.destroy()
    let status = busy.status
    while (status === 503) ({ status } = await ask(served.port, request('GET /items/tea')))

    assert.equal(busy.status, 503)
    assert.equal(busy.json['code'], 'HTTP_OVERLOADED')
    assert.equal(busy.headers['retry-after'], '1')
    assert.equal(status, 200)
    assert.deepEqual(served.reports, [])
  },
)

test('a client that goes away while its command runs disturbs nobody', options, async () => {
  await using served = await serveShop()
  const release = served.running.hold()
  const leaving = await rawClient(served.port)
  leaving.write(jsonRequest(supply, { sku: 'gone', quantity: 1 }))
  await until(() => served.running.waiting === 1)

  leaving.socket.destroy()
  release()
  const item = await ask(served.port, request('GET /items/gone'))

  assert.deepEqual(item.json, { sku: 'gone', left: 1 })
  assert.deepEqual(served.reports, [])
})

test(
  'a command that takes too long is answered 504, and its late outcome is dropped',
  options,
  async () => {
    await using served = await serveShop({ limits: { answerTimeoutMsMax: 30, timeoutCheckMs: 10 } })
    const release = served.running.hold()
    using client = await rawClient(served.port)
    client.write(jsonRequest(supply, tea))

    const late = await client.answer()
    release()
    client.write(request('GET /items/tea'))
    const next = await client.answer()

    assert.deepEqual([late.status, late.json['code']], [504, 'HTTP_ANSWER_TIMEOUT'])
    assert.match(String(late.json['detail']), /may still take effect/)
    assert.deepEqual(next.json, { sku: 'tea', left: 11 })
  },
)

test('a caller that gives up sooner is answered sooner', options, async () => {
  await using served = await serveShop({ limits: { timeoutCheckMs: 10 } })
  const release = served.running.hold()

  const late = await ask(served.port, jsonRequest(supply, tea, ['request-timeout-ms: 20']))
  release()

  assert.equal(late.status, 504)
})

test(
  'a request that was given up while it arrived is not carried out afterwards',
  options,
  async () => {
    await using served = await serveShop({ limits: { timeoutCheckMs: 10 } })
    using slow = await rawClient(served.port)
    const body = JSON.stringify(tea)
    slow.write(request(supply, [json, `content-length: ${body.length}`, 'request-timeout-ms: 20']))
    slow.write(body.slice(0, 5))

    const answer = await slow.answer()
    slow.write(body.slice(5))
    await slow.closed()

    assert.equal(answer.status, 504)
    assert.equal(served.running.calls.length, 0)
  },
)

test('a connection that waits too long for its next request is closed', options, async () => {
  await using served = await serveShop({ limits: { keepAliveMs: 30 } })
  using client = await rawClient(served.port)
  client.write(request('GET /items/tea'))

  const answer = await client.answer()

  assert.equal(answer.status, 200)
  assert.equal(await client.closed(), '')
})

test('a reader that stopped reading is sent away', options, async () => {
  await using served = await serveShop({
    limits: { silenceMs: 200, answerTimeoutMsMax: 100, timeoutCheckMs: 50, connectionsMax: 1 },
  })
  using reader = await rawClient(served.port)
  reader.socket.pause()
  reader.write(request('GET /reference/openapi-explorer.js').repeat(32))

  let status = 0
  while (status === 0) {
    status = await ask(served.port, request('GET /health')).then(
      (answer) => answer.status,
      () => 0,
    )
  }

  assert.equal(status, 200)
})

test('the limits of a server are those that its documentation names', () => {
  assert.equal(httpLimits.bodyBytesMax, 1_048_576)
  assert.equal(httpLimits.headersTimeoutMs, 10_000)
  assert.equal(httpLimits.receiveTimeoutMs, 10_000)
  assert.equal(httpLimits.answerTimeoutMsMax, 30_000)
  assert.equal(httpLimits.json.depthMax, 32)
})
