import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { hostileRequests } from './hostile-requests-table.ts'
import { ask, jsonRequest, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'

const served = await serveShop()
after(() => served[Symbol.asyncDispose]())

for (const { name, bytes, status, code } of hostileRequests) {
  test(`refuses ${name} with ${status}`, { timeout: 5_000 }, async () => {
    const answer = await ask(served.port, bytes)

    assert.equal(answer.status, status, answer.text)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    assert.equal(answer.json['code'], code, answer.text)
    assert.equal(answer.json['status'], status)
    assert.doesNotMatch(answer.text, /\.ts|node_modules|\bat \w+ \(|x{65}/)
  })
}

test('of all that, nothing got further than the check of an input', async () => {
  const before = served.running.calls.length

  const item = await ask(served.port, request('GET /items/tea'))
  const supplied = await ask(
    served.port,
    jsonRequest('POST /services/stock/commands/supply', { sku: 'tea', quantity: 1 }),
  )

  assert.deepEqual(item.json, { sku: 'tea', left: 10 })
  assert.equal(supplied.status, 202)
  assert.equal(served.running.calls.length, before + 2)
  assert.equal(before, hostileRequests.filter(({ code }) => code.endsWith('INPUT_INVALID')).length)
  assert.deepEqual(served.reports, [])
})
