import { composed, type RouteCalls, type RouteResponse } from 'dure'
import { Settled } from './answers.ts'
import { refusal } from './outside.ts'
import { Product } from '../product/contract.ts'
import { Stock } from '../stock/contract.ts'
import type { ItemRef } from '../values.ts'

const allServices = [
  'cart',
  'product',
  'stock',
  'order',
  'payment',
  'shipment',
  'customer',
  'seller',
]
/** What these hold belongs to a run. What others made of it begins anew with them: counters, dashboards, replicas. */
const runServices = ['cart', 'order', 'payment', 'shipment']

/** How long running work may take to come to its end before it is cut off, in milliseconds. */
const settleBeforeMs = 5_000
const settleAfterMs = 15_000
/** Items that are reset at once. */
const resetPage = 1_000

/** Deletes everything. */
function cleanUp(calls: RouteCalls): Promise<RouteResponse> {
  return calls.alone(async () => {
    await calls.settle(settleBeforeMs)
    await calls.erase(allServices)
    return answerSettled(calls)
  })
}

/** Keeps sellers, customers, products and stock items, and removes what a run has left. */
function reset(calls: RouteCalls): Promise<RouteResponse> {
  return calls.alone(async () => {
    await calls.settle(settleBeforeMs)
    await calls.erase(runServices)
    await resetProducts(calls)
    await resetStock(calls)
    return answerSettled(calls)
  })
}

async function answerSettled(calls: RouteCalls): Promise<RouteResponse> {
  const settled = await calls.settle(settleAfterMs)
  return settled ? { status: 200, body: { settled } } : notSettled
}

const notSettled = ((): RouteResponse => {
  const detail = 'It is done, but not all that follows from it is. Ask again.'
  const { headers, ...refused } = refusal(503, 'NotSettled', detail)
  return { ...refused, headers: { ...headers, 'retry-after': '1' } }
})()

async function resetProducts(calls: RouteCalls): Promise<void> {
  await eachPage(
    async (after) => {
      const page = await calls.query(Product.page({ after, limit: resetPage }))
      return page.ok ? page.output : []
    },
    async ({ item, version }) => {
      if (version !== '0') await calls.command(Product.reset(item))
    },
  )
}

async function resetStock(calls: RouteCalls): Promise<void> {
  await eachPage(
    async (after) => {
      const page = await calls.query(Stock.page({ after, limit: resetPage }))
      return page.ok ? page.output : []
    },
    ({ item }) => calls.command(Stock.reset(item)),
  )
}

async function eachPage<Row extends { readonly cursor: string; readonly item: ItemRef }>(
  read: (after: string) => Promise<readonly Row[]>,
  run: (row: Row) => Promise<unknown>,
): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await read(after)
    await Promise.all(page.map(run))
    after = page.length === resetPage ? page.at(-1)?.cursor : undefined
  }
}

const administered = {
  answers: {
    200: { summary: 'Done, and nothing is left to do.', body: Settled },
    503: { summary: 'Something is left to do after all, or somebody else is at it. Ask again.' },
  },
  keyless: 'every request is carried out',
}

export const administrationRoutes = [
  composed('PATCH /cleanup', (_request, calls) => cleanUp(calls), {
    summary:
      'Deletes everything, and answers when it is done. Other work is answered 503 meanwhile.',
    ...administered,
  }),
  composed('PATCH /reset', (_request, calls) => reset(calls), {
    summary:
      'Removes what a run has left, and answers when it is done. Other work is answered 503 meanwhile. Transaction names may come again.',
    ...administered,
  }),
]
