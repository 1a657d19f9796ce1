// What sellers and the carrier do.
import { action, type Action, type SimulatedClient } from 'dure/simulate'
import { Cart } from '../cart/contract.ts'
import { Product } from '../product/contract.ts'
import { runDelivery } from '../routes/delivery.ts'
import { Stock } from '../stock/contract.ts'
import { type ItemRef, refOf } from '../values.ts'
import { patiently } from './calls.ts'
import { offers, productRow } from './goods.ts'

const reprice = action(
  'reprice',
  async (client) => {
    const item = refOf(client.pick(offers))
    const version = await versionNow(client, item)
    const transaction = drawTransaction(client, 'p')
    const priceCents = client.chance.between(0, 2_000)
    const update = Product.reprice({ ...item, priceCents, version, transaction })
    const id = `reprice/${item.sellerId}/${item.productId}/${transaction}`
    const answer = await client.send(update, { id })
    if (answer.kind !== 'answered') return void (await client.insist(update, { id }))
    const seen = await client.ask(Cart.replica(item), answer.token)
    if (seen.kind !== 'answered' || !seen.outcome.ok) return
    client.note('read its own price', { ...seen.outcome.output, transaction })
  },
  3,
)

const replace = action(
  'replace',
  async (client) => {
    const offer = client.pick(offers)
    const version = `v${client.chance.between(1, 1e9)}`
    const priceCents = client.chance.between(1, 2_000)
    const product = { ...productRow(offer), version, priceCents }
    const transaction = `1/${version}`
    const id = `replace/${offer.sellerId}/${offer.productId}/${transaction}`
    await client.insist(Product.replace({ product, transaction }), { id })
  },
  2,
)

const restock = action(
  'restock',
  async (client) => {
    const item = refOf(client.pick(offers))
    await client.insist(Stock.increase({ ...item, quantity: client.chance.between(1, 4) }))
  },
  2,
)

/** The carrier comes, sometimes with two cars, and sometimes it is told twice. */
const deliver = action(
  'deliver',
  async (client) => {
    const first = drawTransaction(client, 'd')
    const cars = client.chance.happens(0.3) ? [first, drawTransaction(client, 'd')] : [first]
    if (client.chance.happens(0.2)) cars.push(first)
    await Promise.all(cars.map((each) => drive(client, each)))
  },
  4,
)

export const selling: readonly Action[] = [reprice, replace, restock, deliver]

async function drive(client: SimulatedClient, transaction: string): Promise<void> {
  const parts = await patiently(client, (calls) => runDelivery(calls, transaction))
  if (parts) client.note('answered delivery', { transaction, parts })
}

async function versionNow(client: SimulatedClient, item: ItemRef): Promise<string> {
  const seen = await client.ask(Product.product(item))
  return seen.kind === 'answered' && seen.outcome.ok ? seen.outcome.output.version : '0'
}

function drawTransaction({ chance }: SimulatedClient, letter: string): string {
  return `1/${letter}${chance.between(1, 1e9)}`
}
