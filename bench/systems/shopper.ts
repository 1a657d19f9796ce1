import assert from 'node:assert/strict'
import type { System } from 'dure'
import { Checkout } from '../../examples/marketplace/checkout.ts'
import { Cart } from '../../examples/marketplace/cart/contract.ts'
import { Stock } from '../../examples/marketplace/stock/contract.ts'
import { type CheckoutStyle, createMarketplace } from '../../examples/marketplace/system.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import { holdMemory } from '../../src/adapters/node/index.ts'
import type { Commit } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { type OpenedSystem, openSystem } from './open-system.ts'
import { runChain } from './chain.ts'
import { watchStores } from './watch-stores.ts'

const sellers = 100
const productsPerSeller = 10
const linesPerCart = 3
/** More than all checkouts together can take. */
const available = 2_000_000_000
/** The event with which a checkout is complete: stock reserved, order invoiced and paid, shipment made. */
const lastEvent = 'order.ReadyForShipment'
/** Customers of a run take turns, so that histories of customers stay as long as in life. */
const checkoutsPerCustomer = 20

const address = {
  firstName: 'Ada',
  lastName: 'Lovelace',
  street: '12 Long Street',
  complement: '2nd floor',
  zipCode: '12345-678',
  city: 'Springfield',
  state: 'SP',
}

/** How a checkout is run: as one of the styles of its saga, or by a caller who sends its commands. */
export type CheckoutWay = CheckoutStyle | 'chain'

/** A marketplace with goods in it. */
export interface Market extends OpenedSystem {
  /** Commands and answers that services have sent each other so far. */
  readonly messages: () => number
  /** Fills a cart with three lines. */
  fillCart(index: number): Promise<void>
  /** Checks a filled cart out and resolves when the whole of it is durable in every service. */
  checkOut(index: number): Promise<void>
}

/** Starts the marketplace in this process, as `dure dev` does. */
export async function openMarket(
  folder: string,
  way: CheckoutWay = 'orchestrated',
): Promise<Market> {
  holdMemory()
  const waiting = new Map<number, () => void>()
  const requests = new Map<number, unknown>()
  let messages = 0
  const stores = watchStores(sqliteStores({ folder }), (commit) => {
    messages += commit.entries?.filter(({ to }) => to !== undefined).length ?? 0
    if (way === 'chain')
      for (const [customerId, input] of requestsIn(commit)) requests.set(customerId, input)
    for (const customerId of completedIn(commit)) {
      waiting.get(customerId)?.()
      waiting.delete(customerId)
    }
  })
  const opened = await openSystem(systemFor(way), { stores })
  const { running } = opened
  /** Tells the transactions of this process from those of another one on the same store. */
  const epoch = String(Date.now())

  return {
    ...opened,
    messages: () => messages,
    fillCart: (index) => fillCart(running, index),
    async checkOut(index) {
      const customerId = customerOf(index)
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(customerId, resolve)
      const transaction = `${epoch}/${index}`
      const payment = { type: 'BOLETO', installments: 1 } as const
      const stated = { statedCustomerId: customerId, address, payment }
      const answer = await running.execute(Cart.checkout({ customerId, transaction, ...stated }))
      assert.deepEqual(answer.ok && answer.output, {})
      if (way === 'chain') {
        await runChain(Checkout, requests.get(customerId), (command) => running.execute(command))
        requests.delete(customerId)
      }
      await promise
    },
  }
}

function systemFor(way: CheckoutWay): System {
  if (way !== 'chain') return createMarketplace(way)
  return { ...createMarketplace(), sagas: [] }
}

/** Puts goods on the shelves of a new marketplace. */
export async function stockUp({ running }: OpenedSystem): Promise<void> {
  const products = Array.from({ length: sellers * productsPerSeller }, (_, index) => itemOf(index))
  const row = { available, reserved: 0, orderCount: 0, ytd: 0, data: '', version: '1' }
  await Promise.all(
    products.map(async (item) => {
      const answer = await running.execute(Stock.register({ ...item, ...row }))
      assert.ok(answer.ok)
    }),
  )
}

function itemOf(index: number): { readonly sellerId: number; readonly productId: number } {
  const productId = 1 + (index % (sellers * productsPerSeller))
  return { sellerId: 1 + (productId % sellers), productId }
}

/** No two checkouts under way have the same customer: fewer than a thousand are under way. */
function customerOf(index: number): number {
  const block = Math.floor(index / (checkoutsPerCustomer * 1_000))
  return 1 + block * 1_000 + (index % 1_000)
}

async function fillCart(running: RunningSystem, index: number): Promise<void> {
  const customerId = customerOf(index)
  for (let line = 0; line < linesPerCart; line += 1) {
    const item = itemOf(index * 7 + line * 331)
    const answer = await running.execute(
      Cart.add({
        customerId,
        line: {
          ...item,
          productName: `Product ${item.productId}`,
          unitPriceCents: 1_990,
          freightCents: 350,
          quantity: 1,
          voucherCents: 0,
          version: '1',
        },
      }),
    )
    assert.ok(answer.ok)
  }
}

function completedIn(commit: Commit): readonly number[] {
  return eventsIn(commit, lastEvent).map(({ customerId }) => customerId)
}

/** What the checkouts that a commit has begun are about. */
function requestsIn(commit: Commit): readonly (readonly [customerId: number, input: unknown])[] {
  return eventsIn(commit, Cart.CheckoutRequested.type).map((event) => [event.customerId, event])
}

function eventsIn(
  { entries = [] }: Commit,
  wanted: string,
): readonly { readonly customerId: number }[] {
  // Why the cast: the schemas of these events say so.
  return entries
    .filter(({ type }) => type === wanted)
    .map(({ data }) => JSON.parse(data) as { readonly customerId: number })
}
