import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serveHttp } from 'dure/http'
import { memoryBroker, memoryStores } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { startSystem, type StartOptions } from 'dure/runtime'
import { sqliteStores } from 'dure/sqlite'
import { type CheckoutStyle, checkoutStyles, createMarketplace } from './system.ts'
import { allChecks } from './verify/all-checks.ts'
import { createMarket, type Market } from './verify/market.ts'
import { add, buy, checkOut, checkoutBody, fill, item, onlyMarks, range } from './verify/shop.ts'

interface Open extends AsyncDisposable {
  readonly market: Market
}

async function open(
  stores: StartOptions['stores'],
  style: CheckoutStyle = 'orchestrated',
): Promise<Open> {
  const marketplace = createMarketplace(style)
  const clock = nodeClock()
  const running = await startSystem(marketplace, { stores, broker: memoryBroker({ clock }), clock })
  const server = await serveHttp(running, marketplace, { port: 0, clock })
  return {
    market: createMarket(server.url),
    async [Symbol.asyncDispose]() {
      await server.stop()
      assert.deepEqual(await running.parked(), [])
      await running.stop()
      clock[Symbol.dispose]()
    },
  }
}

const ways = (['memory', 'sqlite'] as const).flatMap((adapter) =>
  checkoutStyles.map((style) => ({ adapter, style })),
)

for (const { adapter, style } of ways) {
  describe(`the marketplace on ${adapter}, ${style}`, () => {
    let folder: string
    let opened: Open

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'marketplace-'))
      opened = await open(adapter === 'memory' ? memoryStores() : sqliteStores({ folder }), style)
    })
    after(async () => {
      await opened[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    })

    for (const { id, promise, run } of allChecks) {
      it(`${id}: ${promise}`, async () => {
        await opened.market.cleanUp()
        await run(opened.market)
      })
    }
  })
}

describe('the marketplace after a stop and a start', () => {
  it('knows all that it answered, and ends what was on its way', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'marketplace-'))
    context.after(() => rm(folder, { recursive: true }))
    const stores = sqliteStores({ folder })
    const lines = [item({ Quantity: 2 }), item({ SellerId: 2 })]
    {
      await using first = await open(stores)
      await fill(first.market, { sellers: 2, customers: 2, available: 100 })
      await buy(first.market, 1, { tid: 'one', lines })
      await add(first.market, 2, item())
    }

    await using second = await open(stores)
    const { market } = second
    await checkOut(market, 1, { tid: 'one' })
    await market.settle()

    const [mark] = await onlyMarks(market, ['one'])
    assert.equal(mark?.status, 'SUCCESS')
    assert.equal((await market.orders(1)).length, 1)
    assert.partialDeepStrictEqual(await market.stock(1, 1), {
      qty_available: 98,
      qty_reserved: 0,
      order_count: 1,
    })
    assert.deepEqual((await market.cart(2)).items, [item()])
  })
})

describe('a checkout that was refused', () => {
  it('stays refused under its name, and says that this is the first answer', async () => {
    await using opened = await open(memoryStores())
    const { market } = opened
    const ask = () => market.call<object>('POST', '/cart/1/checkout', checkoutBody(1, 'retry'))
    await fill(market, { sellers: 1, customers: 1 })
    await add(market, 1, item())
    await market.send('PATCH', '/cart/1/seal')

    const first = await ask()
    await add(market, 1, item())
    const again = await ask()

    assert.partialDeepStrictEqual(first, {
      status: 405,
      body: { detail: 'The cart is empty: add something first.' },
    })
    assert.partialDeepStrictEqual(again, {
      status: 405,
      body: {
        code: 'CartEmpty',
        detail:
          'The cart is empty: add something first. This is the first answer to this instanceId: it is not decided anew. Take a new instanceId to try again.',
      },
    })
  })
})

describe('a reset while many people shop', () => {
  it('ends, and nothing of the run is left', async () => {
    await using opened = await open(memoryStores())
    const { market } = opened
    await fill(market, { sellers: 1, customers: 8 })
    let isReset = false
    const statuses = new Set<number>()
    const shop = async (customer: number): Promise<void> => {
      for (let round = 0; !isReset; round += 1) {
        const line = await market.call('PATCH', `/cart/${customer}/add`, item())
        const body = checkoutBody(customer, `${customer}-${round}`)
        const checkout = await market.call('POST', `/cart/${customer}/checkout`, body)
        for (const { status } of [line, checkout]) statuses.add(status)
      }
    }
    const shopping = range(8).map(shop)
    while (!statuses.has(202)) await market.call('GET', '/health')

    const answer = await market.call('PATCH', '/reset')
    isReset = true
    await Promise.all(shopping)

    assert.deepEqual(answer, { status: 200, body: { settled: true } })
    for (const status of statuses) assert.ok([202, 404, 405, 503].includes(status), `${status}`)
    await market.settle()
    await market.send('PATCH', '/reset')
    assert.deepEqual(await market.marks(), [])
    assert.partialDeepStrictEqual(await market.stock(1, 1), {
      qty_available: 10_000,
      qty_reserved: 0,
      order_count: 0,
    })
  })
})
