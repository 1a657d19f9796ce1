import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, jsonRequest, rawClient, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'
import { until } from './until.ts'

const supply = 'POST /services/stock/commands/supply'
const tea = { sku: 'tea', quantity: 1 }
const options = { timeout: 10_000 }

test('stopping finishes what is being answered, and closes what waits', options, async () => {
  await using served = await serveShop()
  const release = served.running.hold()
  using idle = await rawClient(served.port)
  using busy = await rawClient(served.port)
  idle.write(request('GET /health'))
  await idle.answer()
  busy.write(jsonRequest(supply, tea))
  await until(() => served.running.waiting === 1)

  const stopped = served.server.stop()
  assert.equal(await idle.closed(), '')
  await assert.rejects(ask(served.port, request('GET /health')))
  release()
  const answer = await busy.answer()
  await stopped

  assert.deepEqual([answer.status, answer.headers['connection']], [202, 'close'])
  assert.equal(await busy.closed(), '')
})

test('a request that crosses the stop is answered, and not reset', options, async () => {
  await using served = await serveShop({ limits: { stopLingerMs: 8_000 } })
  using client = await rawClient(served.port)
  client.write(request('GET /health'))
  await client.answer()

  const stopped = served.server.stop()
  client.write(jsonRequest(supply, tea))
  const { status, headers, json } = await client.answer()
  await stopped

  assert.deepEqual([status, json['code']], [503, 'SYSTEM_STOPPING'])
  assert.deepEqual([headers['connection'], headers['retry-after']], ['close', '1'])
  assert.equal(await client.closed(), '')
})

test('while it stops it says so, and takes no more work', options, async () => {
  await using served = await serveShop()
  const release = served.running.hold()
  using first = await rawClient(served.port)
  using second = await rawClient(served.port)
  for (const client of [first, second]) client.write(jsonRequest(supply, tea))
  await until(() => served.running.waiting === 2)

  const stopped = served.server.stop()
  first.write(request('GET /health'))
  second.write(jsonRequest(supply, tea))
  await new Promise<void>((resolve) => void setImmediate(resolve))
  release()
  await first.answer()
  await second.answer()
  const health = await first.answer()
  const refused = await second.answer()
  await stopped

  assert.deepEqual([health.status, health.json['status']], [503, 'stopping'])
  assert.deepEqual([refused.status, refused.json['code']], [503, 'SYSTEM_STOPPING'])
})

test('requests that came together are all answered before the end', options, async () => {
  await using served = await serveShop()
  const release = served.running.hold()
  using client = await rawClient(served.port)
  client.write(request('GET /items/tea').repeat(3))
  await until(() => served.running.waiting === 3)

  const stopped = served.server.stop()
  release()
  const statuses = []
  for (let count = 0; count < 3; count += 1) statuses.push((await client.answer()).status)
  await stopped

  assert.deepEqual(statuses, [200, 200, 200])
})

test('stopping waits no longer than its grace', options, async () => {
  await using served = await serveShop({ limits: { stopGraceMs: 30 } })
  served.running.hold()
  using client = await rawClient(served.port)
  client.write(jsonRequest(supply, tea))
  await until(() => served.running.waiting === 1)

  await served.server.stop()

  assert.equal(await client.closed(), '')
})

test('stopping twice is stopping once', options, async () => {
  await using served = await serveShop()

  await Promise.all([served.server.stop(), served.server.stop()])
  await served.server.stop()

  await assert.rejects(ask(served.port, request('GET /health')))
})

test('the system behind the server goes on', options, async () => {
  const served = await serveShop()
  await served[Symbol.asyncDispose]()

  const report = await served.running.idle()

  assert.equal(report.idle, true)
})

test('a port that is taken is told as such', options, async () => {
  await using served = await serveShop()

  await assert.rejects(serveShop({ port: served.port }), {
    code: 'HTTP_PORT_TAKEN',
    message: new RegExp(`127\\.0\\.0\\.1:${served.port}`),
  })
})

test('an address that is not of this machine is told as such', options, async () => {
  await assert.rejects(serveShop({ host: '192.0.2.1' }), { code: 'HTTP_LISTEN_FAILED' })
})
