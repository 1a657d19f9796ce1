import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  createShop,
  edit,
  lamp,
  put,
  startShop,
  titleOf,
  untilRefused,
  urlOf,
  waitForRequest,
} from './own-shop.ts'

describe('dure dev, when a file changes', () => {
  it('starts anew on the same data and address when a file of the system changes', async () => {
    using shop = createShop()
    const run = startShop(shop)
    const url = await urlOf(run)
    await put(url, '/products', lamp)

    edit(
      shop.path('shop/catalog/service.ts'),
      'await read.get(Products, productId)',
      "{ productId, cents: 1, title: 'changed' }",
    )
    await run.until(/changed shop\/catalog\/service\.ts/)
    const urlAfter = await urlOf(run)

    assert.equal(urlAfter, url)
    assert.equal(await titleOf(url, 'lamp'), 'changed')
    run.child.kill('SIGINT')
    assert.equal((await run.ended).code, 0)
  })

  it('goes on with the old code while the new code does not load, and takes the next that does', async () => {
    using shop = createShop()
    const file = shop.path('shop/catalog/service.ts')
    const run = startShop(shop)
    const url = await urlOf(run)
    await put(url, '/products', lamp)

    edit(file, 'export const Product = ', 'export const Product = = ')
    await run.until(/cannot be loaded: .*service\.ts/)
    await run.until(/goes on with the code from before/)
    const titleMeanwhile = await titleOf(url, 'lamp')
    edit(file, 'export const Product = = ', 'export const Product = ')
    await urlOf(run)

    assert.equal(titleMeanwhile, 'Lamp')
    assert.equal(await titleOf(url, 'lamp'), 'Lamp')
    run.child.kill('SIGTERM')
    assert.equal((await run.ended).code, 0)
  })

  it('starts the code that was loaded, when the next does not load while the old process still stops', async () => {
    using shop = createShop()
    const file = shop.path('shop/catalog/service.ts')
    const gate = shop.path('gate')
    edit(
      shop.path('shop/system.ts'),
      'async charge({ card }, { idempotencyKey }) {',
      `async charge({ card }, { idempotencyKey }) {
        const { existsSync } = await import('node:fs')
        while (!existsSync(${JSON.stringify(gate)})) await new Promise((wake) => setTimeout(wake, 5))`,
    )
    const run = startShop(shop)
    const url = await urlOf(run)
    await put(url, '/products', lamp)
    const held = put(url, '/services/payment/commands/pay', { orderId: '1', cents: 1, card: '1' })
    await waitForRequest(url)

    edit(file, 'await read.get(Products, productId)', "{ productId, cents: 1, title: 'changed' }")
    await untilRefused(url)
    edit(file, 'export const Product = ', 'export const Product = = ')
    await run.until(/cannot be loaded: .*service\.ts/)
    await run.until(/goes on with the code from before/)
    writeFileSync(gate, '')
    await held
    await urlOf(run)

    assert.equal(await titleOf(url, 'lamp'), 'changed')
    run.child.kill('SIGINT')
    assert.equal((await run.ended).code, 0)
  })

  it('waits for a change after the system has crashed', async () => {
    using shop = createShop()
    const file = shop.path('shop/system.ts')
    const start = "const orderId = params['orderId'] ?? ''"
    edit(
      file,
      start,
      `${start}\n    setImmediate(() => { throw new RangeError('crashed on purpose') })`,
    )
    const run = startShop(shop)
    const url = await urlOf(run)

    fetch(`${url}/orders/1`).catch(() => undefined)
    await run.until(
      /nobody caught an error: crashed on purpose \(.*system\.ts:\d+\) \[INTERNAL_DEFECT\]/,
    )
    await run.until(/The system ended with 1\. It starts anew when a file changes\./)
    edit(file, "\n    setImmediate(() => { throw new RangeError('crashed on purpose') })", '')
    const urlAfter = await urlOf(run)

    run.child.kill('SIGINT')
    assert.equal((await run.ended).code, 0)
    assert.equal(urlAfter, url)
  })
})
