// Shoppers and sellers whose requests alone decide how everything ends, whoever is quicker: what can be had at all is
// plentiful, a price is only set to what it is, everybody has carts of their own, draws all that is wanted beforehand,
// and asks until there is an answer.
import type { Query } from 'dure'
import { action, type Action, type SimulatedClient } from 'dure/simulate'
import { Cart, type CartLine } from '../cart/contract.ts'
import { Product } from '../product/contract.ts'
import { handIn } from '../routes/cart.ts'
import { Shipment } from '../shipment/contract.ts'
import { Stock } from '../stock/contract.ts'
import { itemKey, refOf } from '../values.ts'
import { patiently } from './calls.ts'
import { fillWith, lineOf, type Offer, productRow } from './goods.ts'
import { cards, type Checkout, drawCheckout } from './shopping.ts'

const units = 5_000
/** More than there ever is. */
const tooMany = 50_000
/** No product has this version any more. */
const gone = 'gone'
const waitMs = 1_000

/** What all shoppers want. */
const wanted: readonly [Offer, ...Offer[]] = [
  { sellerId: 1, productId: 1, priceCents: 1_000, units },
  { sellerId: 1, productId: 2, priceCents: 725, units },
  { sellerId: 2, productId: 1, priceCents: 333, units },
  { sellerId: 3, productId: 1, priceCents: 1, units },
]
/** What nobody buys: its new price, or its next version, would come before some carts and after others. */
const shown = {
  repriced: { sellerId: 2, productId: 8, priceCents: 100, units },
  replaced: { sellerId: 2, productId: 9, priceCents: 100, units },
} as const

/** Two customers for each client: what is in a cart is one client's doing, and that does one thing after the other. */
const clients = 4
const certainCustomers = Array.from({ length: 2 * clients }, (_each, index) => index + 1)

export function fillPlentifully(client: SimulatedClient): Promise<void> {
  const offers = [...wanted, shown.repriced, shown.replaced]
  return fillWith(client, { offers, customers: certainCustomers })
}

/** One cart, and what is made of it. */
interface Purchase {
  readonly lines: readonly CartLine[]
  readonly checkout: Checkout
  /** How often it is handed in at once. */
  readonly copies: number
  /** Whether it is handed in again under its name, with other things in the cart by then. */
  readonly isRepeated: boolean
  /** How many sellers' packages are brought, as soon as they are on their way. */
  readonly broughtMax: number
}

const buy = action(
  'buy',
  async (client) => {
    const purchase = drawPurchase(client, client.chance.pick(customersOf(client)))
    await make(client, purchase)
    await bring(client, purchase)
  },
  8,
)

/** Two customers who happen to give their checkouts one name. */
const buyUnderOneName = action(
  'buy under one name',
  async (client) => {
    const purchases = customersOf(client).map((each) => drawPurchase(client, each))
    const transaction = purchases[0]?.checkout.transaction ?? ''
    const named = purchases.map((each) => ({
      ...each,
      checkout: { ...each.checkout, transaction },
    }))
    await Promise.all(named.map((each) => make(client, each)))
  },
  3,
)

const handInNothing = action('hand in nothing', async (client) => {
  const customerId = client.chance.pick(customersOf(client))
  const checkout = drawCheckout(client, customerId)
  await client.insist(Cart.discard({ customerId }))
  await send(client, checkout)
})

const leave = action('leave', async (client) => {
  const { lines, checkout } = drawPurchase(client, client.chance.pick(customersOf(client)))
  const { customerId } = checkout
  const isSealed = client.chance.happens(0.5)
  await fillCart(client, customerId, lines)
  await client.insist(isSealed ? Cart.seal({ customerId }) : Cart.discard({ customerId }))
})

const restock = action('restock', async (client) => {
  const item = refOf(client.pick(wanted))
  await client.insist(Stock.increase({ ...item, quantity: client.chance.between(1, 20) }))
})

/** Carts take it over, and it is the price that they have. */
const confirmPrice = action(
  'confirm a price',
  (client) => {
    const offer = client.pick(wanted)
    return reprice(client, offer, offer.priceCents)
  },
  2,
)

const newPrice = action('change a price', (client) =>
  reprice(client, shown.repriced, 2 * shown.repriced.priceCents),
)

const replace = action('replace', async (client) => {
  const transaction = drawTransaction(client)
  const product = { ...productRow(shown.replaced), version: 'next', priceCents: 77 }
  await client.insist(Product.replace({ product, transaction }))
})

export const certainActions: readonly Action[] = [
  buy,
  buyUnderOneName,
  handInNothing,
  leave,
  restock,
  confirmPrice,
  newPrice,
  replace,
]

function customersOf({ name }: SimulatedClient): readonly [number, number] {
  const lane = Number(name.replaceAll(/\D/g, ''))
  return [lane, lane + clients]
}

function drawPurchase(client: SimulatedClient, customerId: number): Purchase {
  const { chance } = client
  return {
    lines: Array.from({ length: chance.between(1, 3) }, () => drawLine(client)),
    checkout: drawCheckout(client, customerId),
    copies: chance.pick([1, 1, 1, 2] as const),
    isRepeated: chance.happens(0.2),
    broughtMax: chance.pick([0, 0, 1, 3] as const),
  }
}

function drawLine(client: SimulatedClient): CartLine {
  const { chance } = client
  const line = lineOf(client.pick(wanted))
  const quantity = chance.happens(0.15) ? tooMany : chance.between(1, 3)
  const version = chance.happens(0.15) ? gone : line.version
  return { ...line, quantity, version, voucherCents: chance.pick([0, 0, 0, 45, 5_000] as const) }
}

async function make(client: SimulatedClient, purchase: Purchase): Promise<void> {
  const { lines, checkout, copies, isRepeated } = purchase
  const { customerId } = checkout
  await fillCart(client, customerId, lines)
  await Promise.all(Array.from({ length: copies }, () => send(client, checkout)))
  if (!isRepeated) return
  await fillCart(client, customerId, lines)
  await send(client, checkout)
  await client.insist(Cart.seal({ customerId }))
}

async function fillCart(
  client: SimulatedClient,
  customerId: number,
  lines: readonly CartLine[],
): Promise<void> {
  for (const line of lines) await client.insist(Cart.add({ customerId, line }))
}

async function send(client: SimulatedClient, checkout: Checkout): Promise<void> {
  await patiently(client, (calls) => handIn(calls, checkout), Infinity)
}

/** Waits until the order is on its way, where that is how it has to end, and brings some of its packages. */
async function bring(client: SimulatedClient, purchase: Purchase): Promise<void> {
  const { checkout, broughtMax } = purchase
  if (broughtMax === 0 || !isShippedInTheEnd(purchase)) return
  const { customerId, transaction } = checkout
  const isKnown = async (): Promise<boolean> => {
    const found = await askUntilAnswered(client, Shipment.mark({ transaction }))
    return found.ok && found.output.first !== undefined
  }
  while (!(await isKnown())) await client.pause(waitMs)
  const { orderId, packages } = await findShipment(client, checkout)
  const sellers = [...new Set(packages.map(({ sellerId }) => sellerId))]
  for (const sellerId of sellers.slice(0, broughtMax)) {
    const part = { customerId, orderId, sellerId, transaction: `${transaction}/brought` }
    await client.insist(Shipment.deliver(part))
  }
}

function isShippedInTheEnd({ lines, checkout }: Purchase): boolean {
  // The line of the same product is replaced.
  const inCart = new Map(lines.map((line) => [itemKey(line), line])).values()
  const isThere = inCart.some(({ quantity, version }) => quantity < units && version !== gone)
  return isThere && checkout.payment.card?.number !== cards.declined
}

async function findShipment(client: SimulatedClient, { customerId, transaction }: Checkout) {
  for (let orderId = 1; ; orderId += 1) {
    const found = await askUntilAnswered(client, Shipment.shipment({ customerId, orderId }))
    if (found.ok && found.output.transaction === transaction) return found.output
  }
}

async function askUntilAnswered<Output, Rejects extends string>(
  client: SimulatedClient,
  query: Query<string, unknown, Output, Rejects>,
) {
  for (;;) {
    const asked = await client.ask(query)
    if (asked.kind === 'answered') return asked.outcome
    await client.pause(waitMs)
  }
}

async function reprice(client: SimulatedClient, offer: Offer, priceCents: number): Promise<void> {
  const { version } = lineOf(offer)
  const transaction = drawTransaction(client)
  await client.insist(Product.reprice({ ...refOf(offer), priceCents, version, transaction }))
}

function drawTransaction({ chance }: SimulatedClient): string {
  return `1/p${chance.between(1, 1e9)}`
}
