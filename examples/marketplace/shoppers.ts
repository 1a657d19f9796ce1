// A few people who shop, a carrier who delivers and sellers who change prices: life to look at, over HTTP.
import { setTimeout as pause } from 'node:timers/promises'
import type { Faker } from '@faker-js/faker'
import { seededFaker } from './seeded-faker.ts'
import { createMarket, isSuccess, type Market } from './verify/market.ts'

export interface ShoppersOptions {
  readonly url: string
  readonly shoppers: number
  readonly sellers: number
  readonly customers: number
  readonly seed: number
  /** Begins the names of transactions: they must not be those of an earlier crowd. */
  readonly name: string
}

export interface Shoppers {
  /** From the order to its mark, in milliseconds, for checkouts since the last look. */
  takeLatencies(): readonly number[]
  /** Ends when everybody has stopped. */
  stop(): Promise<void>
}

/** What is remembered between two looks at the latencies. */
const latenciesMax = 10_000
const linesMax = 4
/** A shopper looks for the mark this often, in milliseconds. */
const markPauseMs = 5
const markLooksMax = 12_000

interface Person {
  readonly market: Market
  readonly faker: Faker
  readonly options: ShoppersOptions
  readonly signal: AbortSignal
  readonly latencies: number[]
}

/** Starts a crowd. Nobody in it shops for the same customer as another. */
export function startShoppers(options: ShoppersOptions): Shoppers {
  const abort = new AbortController()
  const market = createMarket(options.url)
  const latencies: number[] = []
  const person = (number: number): Person => ({
    market,
    options,
    latencies,
    signal: abort.signal,
    faker: seededFaker(options.seed + number),
  })
  const work = Array.from({ length: options.shoppers }, (_, index) =>
    liveOn(person(index), (each, round) => shop(each, index, round)),
  )
  if (options.shoppers > 0) {
    work.push(liveOn(person(-1), deliver), liveOn(person(-2), keepShop))
  }
  return {
    takeLatencies: () => latencies.splice(0),
    async stop() {
      abort.abort()
      await Promise.all(work)
    },
  }
}

/** Repeats something with pauses until it is stopped. What goes wrong is tried anew: the market may be busy. */
async function liveOn(
  person: Person,
  act: (person: Person, round: number) => Promise<void>,
): Promise<void> {
  const { signal, faker } = person
  for (let round = 1; !signal.aborted; round += 1) {
    const pauseMs = faker.number.int({ min: 200, max: 900 })
    await pause(pauseMs, undefined, { signal })
      .then(() => act(person, round))
      .catch(() => undefined)
  }
}

interface Offer {
  readonly seller_id: number
  readonly product_id: number
  readonly name: string
  readonly price: number
  readonly freight_value: number
  readonly version: string
}

/** Fills a cart, hands it in, and waits for the end. */
async function shop(person: Person, index: number, round: number): Promise<void> {
  const { market, faker, options } = person
  const places = Math.floor((options.customers - 1 - index) / options.shoppers)
  if (places < 0) return
  const customer = 1 + index + options.shoppers * faker.number.int({ min: 0, max: places })
  const lines = faker.number.int({ min: 1, max: linesMax })
  for (let line = 0; line < lines; line += 1) {
    const offer = await chooseOffer(person)
    if (offer) await market.send('PATCH', `/cart/${customer}/add`, cartItem(faker, offer))
  }
  const tid = `${options.name}-${index}-${round}`
  const startMs = performance.now()
  await market.send('POST', `/cart/${customer}/checkout`, checkoutBody(faker, customer, tid))
  await waitForMark(person, tid)
  if (person.latencies.length < latenciesMax) person.latencies.push(performance.now() - startMs)
}

async function chooseOffer({ market, faker, options }: Person): Promise<Offer | undefined> {
  const seller = faker.number.int({ min: 1, max: options.sellers })
  const { status, body } = await market.call<readonly Offer[]>('GET', `/product/${seller}`)
  return status === 200 ? faker.helpers.arrayElement(body) : undefined
}

function cartItem(faker: Faker, offer: Offer): object {
  const hasVoucher = faker.number.int({ min: 0, max: 100 }) <= 5
  return {
    SellerId: offer.seller_id,
    ProductId: offer.product_id,
    ProductName: offer.name,
    UnitPrice: offer.price,
    FreightValue: offer.freight_value,
    Quantity: faker.number.int({ min: 1, max: 3 }),
    Voucher: hasVoucher ? Math.round(offer.price * 10) / 100 : 0,
    Version: offer.version,
  }
}

const goodCard = '4111 1111 1111 1111'
const declinedCard = '4000 0000 0000 0002'

function checkoutBody(faker: Faker, customer: number, tid: string): object {
  const isDeclined = faker.number.int({ min: 1, max: 100 }) <= 3
  const type = faker.helpers.arrayElement(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO'])
  return {
    CustomerId: customer,
    FirstName: faker.person.firstName(),
    LastName: faker.person.lastName(),
    Street: faker.location.streetAddress(),
    City: faker.location.city(),
    State: faker.location.state({ abbreviated: true }),
    ZipCode: faker.location.zipCode(),
    PaymentType: isDeclined ? 'CREDIT_CARD' : type,
    CardNumber: isDeclined ? declinedCard : goodCard,
    CardHolderName: faker.person.fullName(),
    CardExpiration: '1230',
    CardSecurityNumber: faker.finance.creditCardCVV(),
    CardBrand: 'VISA',
    Installments: faker.number.int({ min: 1, max: 10 }),
    instanceId: tid,
  }
}

async function waitForMark({ market, signal }: Person, tid: string): Promise<void> {
  for (let look = 0; look < markLooksMax; look += 1) {
    if (isSuccess(await market.call('GET', `/transactions/${tid}`))) return
    await pause(markPauseMs, undefined, { signal })
  }
}

/** The carrier comes by. */
async function deliver({ market, options, signal }: Person, round: number): Promise<void> {
  await pause(1_000, undefined, { signal })
  await market.send('PATCH', `/shipment/${options.name}-d${round}`)
}

/** A seller raises a price, and now and then brings out a new version of a product. */
async function keepShop(person: Person, round: number): Promise<void> {
  const { market, faker, options, signal } = person
  await pause(1_500, undefined, { signal })
  const offer = await chooseOffer(person)
  if (!offer) return
  const { seller_id: sellerId, product_id: productId, version } = offer
  const price = Math.round(offer.price * faker.number.float({ min: 1.01, max: 1.09 }) * 100) / 100
  const instanceId = `${options.name}-p${round}`
  if (round % 4 !== 0) {
    const update = { sellerId, productId, price, version, instanceId }
    await market.send('PATCH', '/product', update)
  } else await market.send('PUT', '/product', { ...offer, price, version: instanceId })
}
