import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, jsonRequest, rawClient, request } from './raw-client.ts'
import { serveShop } from './serve-shop.ts'
import { until } from './until.ts'

const supply = jsonRequest('POST /services/stock/commands/supply', { sku: 'tea', quantity: 1 })
const options = { timeout: 10_000 }

test(
  'who has the system to himself waits for work, keeps more out, and lets reading go on',
  options,
  async () => {
    await using served = await serveShop()
    const { port, running } = served
    const release = running.hold()
    using worker = await rawClient(port)
    using administrator = await rawClient(port)
    using reader = await rawClient(port)
    worker.write(supply)
    await until(() => running.waiting === 1)

    administrator.write(request('POST /alone') + supply + request('POST /alone'))
    reader.write(request('GET /items/tea'))
    await until(() => running.waiting === 2)
    release()
    const [worked, read] = [await worker.answer(), await reader.answer()]
    const alone = await administrator.answer()
    const refused = [await administrator.answer(), await administrator.answer()]
    const afterwards = await ask(port, supply)

    for (const { status, json, headers } of refused) {
      assert.deepEqual([status, json['code']], [503, 'HTTP_WORK_HELD'])
      assert.equal(headers['retry-after'], '1')
    }
    assert.deepEqual(
      [worked.status, alone.status, read.status, afterwards.status],
      [202, 200, 200, 202],
    )
    assert.deepEqual(
      running.calls.map(({ type }) => type),
      ['stock.supply', 'stock.item', 'stock.supply', 'stock.supply'],
    )
  },
)

test('work whose body is still on its way is kept out, too', options, async () => {
  await using served = await serveShop()
  const { port, running } = served
  using slow = await rawClient(port)
  slow.write(supply.slice(0, -1))
  const release = running.hold()
  using administrator = await rawClient(port)
  administrator.write(request('POST /alone'))
  await until(() => running.waiting === 1)

  slow.write(supply.slice(-1))
  const refused = await slow.answer()
  release()

  assert.deepEqual([refused.status, refused.json['code']], [503, 'HTTP_WORK_HELD'])
  assert.equal((await administrator.answer()).status, 200)
})
