// What shoppers do.
import { action, type Action, type SimulatedClient } from 'dure/simulate'
import { Cart, type CartLine } from '../cart/contract.ts'
import { Product } from '../product/contract.ts'
import { handIn } from '../routes/cart.ts'
import { refOf } from '../values.ts'
import { patiently } from './calls.ts'
import { customers, lineOf, type Offer, offers } from './goods.ts'

/** A card that is declined, and one that is not. */
export const cards = { declined: '4000 0000 0000 0002', good: '4111 1111 1111 1111' } as const
/** More than any stock has. */
const tooMany = 50

export type Checkout = Parameters<typeof handIn>[1]

/** Fills a cart and hands it in, sometimes twice under the same name. */
const buy = action(
  'buy',
  async (client) => {
    const customerId = client.pick(customers)
    await fillCart(client, customerId)
    const checkout = drawCheckout(client, customerId)
    if (client.chance.happens(0.15))
      await Promise.all([send(client, checkout), send(client, checkout)])
    else await send(client, checkout)
    if (client.chance.happens(0.15)) await send(client, checkout)
  },
  10,
)

/** One customer with two windows: one of the two checkouts finds the cart empty, or both get a part of it. */
const buyTwiceAtOnce = action('buy in two windows', async (client) => {
  const customerId = client.pick(customers)
  const checkouts = [drawCheckout(client, customerId), drawCheckout(client, customerId)]
  await fillCart(client, customerId)
  await Promise.all([...checkouts.map((each) => send(client, each)), fillCart(client, customerId)])
})

/** Several customers want all that there is of one product; some of them happen to give their checkouts one name. */
const wantTheLast = action(
  'want the last one',
  async (client) => {
    const offer = client.pick(offers)
    const line = { ...(await lineNow(client, offer)), quantity: Math.ceil(offer.units / 2) }
    await Promise.all(customers.map((customerId) => client.insist(Cart.add({ customerId, line }))))
    const checkouts = customers.map((each) => drawCheckout(client, each))
    const { transaction } = drawCheckout(client, 1)
    const named = client.chance.happens(0.3)
      ? checkouts.map((each) => ({ ...each, transaction }))
      : checkouts
    await Promise.all(named.map((each) => send(client, each)))
  },
  1,
)

/** Changes its mind. */
const leave = action('leave', async (client) => {
  const customerId = client.pick(customers)
  const isSealed = client.chance.happens(0.7)
  await client.send(isSealed ? Cart.seal({ customerId }) : Cart.discard({ customerId }))
})

export const shopping: readonly Action[] = [buy, buyTwiceAtOnce, wantTheLast, leave]

async function fillCart(client: SimulatedClient, customerId: number): Promise<void> {
  const count = client.chance.between(1, 3)
  for (let number = 0; number < count; number += 1) {
    const line = await drawLine(client)
    await client.insist(Cart.add({ customerId, line }))
  }
}

async function drawLine(client: SimulatedClient): Promise<CartLine> {
  const { chance } = client
  const offer = client.pick(offers)
  // Some shoppers look before they choose; others know only what was on the leaflet.
  const line = chance.happens(0.7) ? await lineNow(client, offer) : lineOf(offer)
  const quantity = chance.happens(0.08) ? tooMany : chance.between(1, 3)
  return { ...line, quantity, voucherCents: chance.pick([0, 0, 0, 45, 5_000] as const) }
}

async function lineNow(client: SimulatedClient, offer: Offer): Promise<CartLine> {
  const line = lineOf(offer)
  const seen = await client.ask(Product.product(refOf(offer)))
  if (seen.kind !== 'answered' || !seen.outcome.ok) return line
  const { priceCents, version } = seen.outcome.output
  return { ...line, unitPriceCents: priceCents, version }
}

export function drawCheckout({ chance }: SimulatedClient, customerId: number): Checkout {
  const type = chance.pick(['CREDIT_CARD', 'CREDIT_CARD', 'DEBIT_CARD', 'BOLETO'] as const)
  const number = chance.happens(0.2) ? cards.declined : cards.good
  const card = { number, holderName: 'ANA SILVA', expiration: '1230', brand: 'VISA' }
  return {
    customerId,
    statedCustomerId: customerId,
    transaction: `1/b${chance.between(1, 1e9)}`,
    address,
    payment: { type, installments: 2, ...(type !== 'BOLETO' && { card }) },
  }
}

const address = {
  firstName: 'Ana',
  lastName: 'Silva',
  street: 'Rua 1',
  complement: '',
  zipCode: '50000',
  city: 'Recife',
  state: 'PE',
}

async function send(client: SimulatedClient, checkout: Checkout): Promise<void> {
  const { customerId, transaction } = checkout
  const answer = await patiently(client, (calls) => handIn(calls, checkout))
  if (answer) client.note('answered checkout', { customerId, transaction, ...answer })
}
