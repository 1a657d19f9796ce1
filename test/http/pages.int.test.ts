import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Validator } from '@seriousme/openapi-schema-validator'
import {
  referenceBundle,
  referenceSha256,
} from '../../src/adapters/http/pages/reference-bundle.gen.ts'
import { ask, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'

const served = await serveShop()
after(() => served[Symbol.asyncDispose]())

test('says that the system and each service is up', async () => {
  const { status, json } = await ask(served.port, request('GET /health'))

  assert.equal(status, 200)
  assert.deepEqual(json, { status: 'ok', system: 'shop', services: { stock: 'up' } })
})

test('is degraded while a store takes no commits, and says why', async () => {
  await using full = await serveShop()
  full.running.storeIs('STORE_FULL')
  const degraded = await ask(full.port, request('GET /health'))
  full.running.storeIs(undefined)
  const { status } = await ask(full.port, request('GET /health'))

  assert.deepEqual([degraded.status, status], [503, 200])
  assert.deepEqual(degraded.json, {
    status: 'degraded',
    system: 'shop',
    services: { stock: 'STORE_FULL' },
  })
})

test('a system that cannot tell how it is, is not well', async () => {
  await using broken = await serveShop()
  broken.running.failWith(new TypeError('the store is away'))

  const { status, text } = await ask(broken.port, request('GET /health'))

  assert.equal(status, 500)
  assert.doesNotMatch(text, /store/)
})

test('says what is left to do', async () => {
  served.running.idleIs(false)

  const busy = await ask(served.port, request('GET /idle'))
  served.running.idleIs(true)
  const idle = await ask(served.port, request('GET /idle'))

  assert.deepEqual(busy.json, {
    idle: false,
    services: { stock: { relayLag: 1, inboxLag: 0, timersDue: 0, sagasOpen: 0, parked: 0 } },
  })
  assert.equal(idle.json['idle'], true)
})

test('serves the OpenAPI document of the very routes that it serves', async () => {
  const { json, headers } = await ask(served.port, request('GET /openapi.json'))

  const result = await new Validator().validate({ ...json })
  assert.deepEqual([result.valid, result.errors ?? []], [true, []])
  assert.equal(headers['content-type'], 'application/json')
  for (const [path, item] of Object.entries(json['paths'] as Record<string, object>)) {
    for (const method of Object.keys(item)) {
      const url = path.replaceAll(/\{\w+\}/g, 'tea')
      const { json } = await ask(served.port, request(`${method.toUpperCase()} ${url}`))
      assert.notEqual(json['code'], 'HTTP_ROUTE_UNKNOWN', `${method} ${path}`)
      assert.notEqual(json['code'], 'HTTP_METHOD_UNSUPPORTED', `${method} ${path}`)
    }
  }
})

test('the reference page loads nothing from elsewhere', async () => {
  const page = await ask(served.port, request('GET /reference'))
  const policy = page.headers['content-security-policy'] ?? ''

  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /https?:|\*|unsafe-eval/)
  assert.doesNotMatch(page.text, /https?:/)
  const links = [...page.text.matchAll(/(?:src|href|spec-url)="(\/[^"]+)"/g)].map(
    ([, link]) => link,
  )
  assert.equal(links.length, 3)
  for (const link of links) {
    assert.equal((await ask(served.port, request(`GET ${link}`))).status, 200)
  }
})

test('the program of the reference page is the published one', async () => {
  const program = gunzipSync(Buffer.from(referenceBundle, 'base64'))
  const sent = await ask(served.port, request('GET /reference/openapi-explorer.js'))

  assert.equal(createHash('sha256').update(program).digest('hex'), referenceSha256)
  assert.equal(sent.text, program.toString())
  assert.match(sent.headers['content-type'] ?? '', /^text\/javascript/)
})
