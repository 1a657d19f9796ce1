// What there is in a world before anybody does anything: little, so that everybody wants the same.
import type { SimulatedClient } from 'dure/simulate'
import type { CartLine } from '../cart/contract.ts'
import { Customer, type CustomerRow } from '../customer/contract.ts'
import { Product, type ProductRow } from '../product/contract.ts'
import { Seller, type SellerRow } from '../seller/contract.ts'
import { Stock } from '../stock/contract.ts'
import type { ItemRef } from '../values.ts'

export const sellers = [1, 2, 3] as const
export const customers = [1, 2, 3] as const

/** What a seller offers at the beginning, and how much of it. */
export interface Offer extends ItemRef {
  readonly priceCents: number
  readonly units: number
}

export const offers: readonly [Offer, ...Offer[]] = [
  { sellerId: 1, productId: 1, priceCents: 1_000, units: 4 },
  { sellerId: 1, productId: 2, priceCents: 725, units: 9 },
  { sellerId: 2, productId: 1, priceCents: 333, units: 6 },
  { sellerId: 3, productId: 1, priceCents: 1, units: 12 },
]

export const freightCents = 150
const firstVersion = '0'

/** Fills the marketplace. The order does not matter: all at once. */
export function fill(client: SimulatedClient): Promise<void> {
  return fillWith(client, { offers, customers })
}

export async function fillWith(
  client: SimulatedClient,
  goods: { readonly offers: readonly Offer[]; readonly customers: readonly number[] },
): Promise<void> {
  await Promise.all([
    ...goods.offers.map((offer) => client.insist(Stock.register(stockRow(offer)))),
    ...goods.offers.map((offer) => client.insist(Product.register(productRow(offer)))),
    ...sellers.map((sellerId) => client.insist(Seller.register(sellerRow(sellerId)))),
    ...goods.customers.map((each) => client.insist(Customer.register(customerRow(each)))),
  ])
}

/** A line as somebody writes it who knows nothing but the first offer. */
export function lineOf(offer: Offer): CartLine {
  const { sellerId, productId, priceCents } = offer
  return {
    sellerId,
    productId,
    productName: nameOf(offer),
    unitPriceCents: priceCents,
    freightCents,
    quantity: 1,
    voucherCents: 0,
    version: firstVersion,
  }
}

export function productRow(offer: Offer): ProductRow {
  const { sellerId, productId, priceCents } = offer
  return {
    sellerId,
    productId,
    name: nameOf(offer),
    sku: '',
    category: '',
    description: '',
    priceCents,
    freightCents,
    status: 'approved',
    version: firstVersion,
  }
}

function stockRow({ sellerId, productId, units }: Offer) {
  const counts = { available: units, reserved: 0, orderCount: 0, ytd: 0 }
  return { sellerId, productId, ...counts, data: '', version: firstVersion }
}

function nameOf({ sellerId, productId }: ItemRef): string {
  return `thing ${productId} of ${sellerId}`
}

function sellerRow(sellerId: number): SellerRow {
  return {
    sellerId,
    name: `S${sellerId}`,
    companyName: '',
    email: '',
    phone: '',
    mobilePhone: '',
    cpf: '',
    cnpj: '',
    address: '',
    complement: '',
    city: '',
    state: '',
    zipCode: '',
  }
}

function customerRow(customerId: number): CustomerRow {
  return {
    customerId,
    firstName: `C${customerId}`,
    lastName: '',
    address: '',
    complement: '',
    birthDate: '',
    zipCode: '',
    city: '',
    state: '',
    cardNumber: '',
    cardExpiration: '',
    cardHolderName: '',
    cardType: '',
    data: '',
  }
}
