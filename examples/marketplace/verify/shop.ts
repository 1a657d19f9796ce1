// What the checks buy and sell.
import assert from 'node:assert/strict'
import type { Answer, Market } from './market.ts'
import type { Mark, Stored } from './shapes.ts'

/** One promise of the marketplace, and how an outsider sees whether it is kept. */
export interface Check {
  /** Its place in the list of acceptance checks. */
  readonly id: string
  readonly promise: string
  readonly run: (market: Market) => Promise<void>
}

export const declinedCard = '4000 0000 0000 0002'
/** A security number that nobody should ever see again. */
export const securityNumber = '91357'

export interface Goods {
  readonly sellers: number
  readonly productsEach?: number
  readonly customers: number
  readonly available?: number
}

/** Fills the marketplace, stock before products. */
export async function fill(market: Market, goods: Goods): Promise<void> {
  const { sellers, productsEach = 1, customers, available = 10_000 } = goods
  const items = range(sellers).flatMap((sellerId) =>
    range(productsEach).map((productId) => ({ seller_id: sellerId, product_id: productId })),
  )
  await atOnce(items, (item) =>
    market.send('POST', '/stock', { ...item, qty_available: available, version: '0' }),
  )
  await atOnce(items, (item) => market.send('POST', '/product', { ...item, ...offer }))
  await atOnce(range(sellers), (id) => market.send('POST', '/seller', { id, name: `S${id}` }))
  await atOnce(range(customers), (id) =>
    market.send('POST', '/customer', { id, first_name: `C${id}` }),
  )
  await market.settle()
}

const offer = { name: 'thing', price: 10, freight_value: 1, version: '0' }

/** A cart line of one unit, with what is given instead. */
export function item(values: Partial<Stored.CartItem> = {}): Stored.CartItem {
  return {
    SellerId: 1,
    ProductId: 1,
    ProductName: 'thing',
    UnitPrice: 10,
    FreightValue: 1,
    Quantity: 1,
    Voucher: 0,
    Version: '0',
    ...values,
  }
}

export function add(market: Market, customerId: number, line: Stored.CartItem): Promise<void> {
  return market.send('PATCH', `/cart/${customerId}/add`, line)
}

export function checkoutBody(customerId: number, instanceId: string, card?: string): object {
  return {
    CustomerId: customerId,
    FirstName: 'Ana',
    LastName: 'Silva',
    Street: 'Rua 1',
    Complement: '',
    City: 'Recife',
    State: 'PE',
    ZipCode: '50000',
    PaymentType: 'CREDIT_CARD',
    CardNumber: card ?? '4111 1111 1111 1111',
    CardHolderName: 'ANA SILVA',
    CardExpiration: '1230',
    CardSecurityNumber: securityNumber,
    CardBrand: 'VISA',
    Installments: 2,
    instanceId,
  }
}

/** Hands a cart in; it has to be accepted. */
export function checkOut(
  market: Market,
  customerId: number,
  order: { readonly tid: string; readonly card?: string },
): Promise<void> {
  const body = checkoutBody(customerId, order.tid, order.card)
  return market.send('POST', `/cart/${customerId}/checkout`, body)
}

/** Fills a cart and hands it in. */
export async function buy(
  market: Market,
  customerId: number,
  order: {
    readonly tid: string
    readonly card?: string
    readonly lines: readonly Stored.CartItem[]
  },
): Promise<void> {
  for (const line of order.lines) await add(market, customerId, line)
  await checkOut(market, customerId, order)
}

export function markOf(market: Market, tid: string): Promise<Answer<Mark>> {
  return market.call<Mark>('GET', `/transactions/${encodeURIComponent(tid)}`)
}

/** Every transaction named has exactly one mark; gives them in the order of the names. */
export async function onlyMarks(market: Market, tids: readonly string[]): Promise<readonly Mark[]> {
  const marks = await market.marks()
  return tids.map((tid) => {
    const own = marks.filter((mark) => mark.tid === tid)
    assert.equal(own.length, 1, `${tid} has ${own.length} marks: ${JSON.stringify(own)}`)
    return own[0] as Mark
  })
}

/** 1 to `count`. */
export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** So many requests are on their way at a time. */
const atOnceMax = 32

/** Runs something for each value, many at a time. */
export async function atOnce<Value, Result>(
  values: readonly Value[],
  run: (value: Value) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < values.length; index = next++) {
      results[index] = await run(values[index] as Value)
    }
  }
  await Promise.all(range(Math.min(atOnceMax, values.length)).map(work))
  return results
}

/** Amounts are exact to the cent. */
export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + Math.round(amount * 100), 0) / 100
}
