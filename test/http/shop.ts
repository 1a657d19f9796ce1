// A small system whose gateway uses every kind of route.
import { z } from 'zod'
import {
  aggregate,
  composed,
  contract,
  gateway,
  type Route,
  route,
  type System,
  service,
  system,
} from '../../src/index.ts'

const Unsold = z.object({ sku: z.string() }).describe('Nobody sells this. Ask for something else.')
const Sku = z.string().min(1).max(64)

export const Stock = contract('stock', {
  commands: {
    reserve: {
      input: z.strictObject({ sku: Sku, quantity: z.int().positive() }),
      output: z.object({ sku: z.string(), left: z.int() }),
      rejects: { OutOfStock: z.object({ left: z.int() }), NotFound: Unsold },
    },
    supply: { input: z.object({ sku: Sku, quantity: z.int().positive() }) },
  },
  events: {
    Reserved: z.object({ sku: z.string(), quantity: z.int() }),
    Supplied: z.object({ sku: z.string(), quantity: z.int() }),
  },
  queries: {
    item: {
      input: z.object({ sku: Sku, times: z.int().optional() }),
      output: z.object({ sku: z.string(), left: z.int() }),
      rejects: { NotFound: z.object({ sku: z.string() }) },
    },
  },
})

interface ItemState {
  readonly left?: number
}

const Item = aggregate(Stock, 'item', {
  key: ({ sku }) => sku,
  initial: (): ItemState => ({}),
  decide: {
    reserve: ({ left }, { sku, quantity }, { reject, reply }) => {
      if (left === undefined) return reject.NotFound({ sku })
      if (left < quantity) return reject.OutOfStock({ left })
      return reply({ sku, left: left - quantity }, Stock.Reserved({ sku, quantity }))
    },
    supply: (_state, command) => Stock.Supplied(command),
  },
  evolve: {
    Reserved: ({ left = 0 }, { quantity }) => ({ left: left - quantity }),
    Supplied: ({ left = 0 }, { quantity }) => ({ left: left + quantity }),
  },
})

const StockService = service(Stock, {
  aggregates: [Item],
  queries: {
    item: async ({ sku, times = 1 }, { read, reject }) => {
      const item = await read.state(Item, sku)
      return item?.left === undefined ? reject.NotFound({ sku }) : { sku, left: item.left * times }
    },
  },
})

const Order = z.strictObject({ number: z.string(), quantity: z.int() })

const routes: readonly Route[] = [
  // #region merged
  route('PUT /items/{sku}/reservations', Stock.reserve),
  route('PATCH /items/{sku}', Stock.supply, { status: 204 }),
  route('GET /items/{sku}', Stock.item),
  // #endregion merged
  route('GET /items/favourite', Stock.item, { input: () => ({ sku: 'tea' }) }),
  route('POST /small', Stock.supply, { bodyBytesMax: 64 }),
  // #region own
  route('POST /orders/{sku}', Stock.reserve, {
    body: Order,
    input: ({ params, body }) => ({
      sku: params['sku'] ?? '',
      quantity: Order.parse(body).quantity,
    }),
    id: ({ body }, { epoch }) => `order-${Order.parse(body).number}-${epoch}`,
    status: 201,
    rejects: { OutOfStock: 410 },
    reply: ({ left }, { params }) => ({ ordered: params['sku'], left }),
  }),
  // #endregion own
  // #region composed
  composed('POST /twins', async ({ body }, calls) => {
    const { sku } = z.object({ sku: z.string() }).parse(body)
    const first = await calls.command(Stock.supply({ sku, quantity: 1 }))
    const second = await calls.command(Stock.supply({ sku, quantity: 2 }))
    const item = await calls.query(Stock.item({ sku }))
    return { status: 200, body: { ok: first.ok && second.ok, item }, headers: { 'X-Twins': 'two' } }
  }),
  // #endregion composed
  route('PUT /sold/{sku}', Stock.reserve, { rejects: { OutOfStock: 405 } }),
  route('GET /sold/{sku}', Stock.item),
  composed('POST /keyless', async () => ({ status: 405 }), { keyless: 'every request is counted' }),
  composed('POST /alone', (_request, calls) =>
    calls.alone(async () => {
      const { ok } = await calls.command(Stock.supply({ sku: 'alone', quantity: 1 }))
      return { status: 200, body: { ok } }
    }),
  ),
  composed('POST /wait', async (_request, calls) => {
    return { status: 200, body: { settled: await calls.settle(1_000), epoch: calls.epoch } }
  }),
  composed('DELETE /everything', async (_request, calls) => {
    const before = calls.epoch
    await calls.erase(['stock'])
    return { status: 200, body: { changed: before !== calls.epoch } }
  }),
  composed('GET /echo', async ({ headers, query }) => ({
    status: 200,
    body: { headers, query },
  })),
  composed('GET /table', async () => ({
    status: 200,
    body: 'sku;left\r\ntea;10\r\n',
    headers: { 'content-type': 'text/csv', Connection: 'close' },
  })),
  composed('GET /nothing', async () => ({ status: 204, body: 'never sent' })),
  composed('GET /broken/throws', async () => {
    throw new TypeError('secret of the inside')
  }),
  composed('GET /broken/status', async () => ({ status: 99 })),
  composed('GET /broken/header', async () => ({ status: 200, headers: { 'x-a': 'a\r\nb: c' } })),
]

export const shop: System = system('shop', {
  services: [StockService],
  gateways: [gateway('front', { routes })],
})
