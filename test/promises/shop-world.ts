// The shop, run by a test that knows what has to come out: it places orders, and judges what the services have done by
// their logs alone.
import assert from 'node:assert/strict'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { type VirtualClock, virtualClock } from '../../src/adapters/memory/clock.ts'
import type { PortAdapter } from '../../src/language/port.ts'
import type { Entry, Store, StoreProvider } from '../../src/log/store.port.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { untilIdle } from '../../src/testing/until-idle.ts'
import { type Bank, Order, shop, Stock } from '../systems/shop.ts'

export const serviceNames = ['stock', 'payment', 'order'] as const

/** One life of the process: it ends with a stop, or is given up. */
export interface ShopLife {
  readonly running: RunningSystem
  readonly clock: VirtualClock
}

export interface ShopLifeOptions {
  readonly stores: StoreProvider
  readonly wrapBroker?: (broker: Broker) => Broker
  readonly bank?: BankBook
  readonly startMs?: number
}

/** A bank that charges once for each idempotency key, and remembers for which. */
export interface BankBook extends PortAdapter<typeof Bank> {
  readonly keys: Set<string>
}

export function bankBook(): BankBook {
  const keys = new Set<string>()
  return {
    keys,
    async charge({ account }, { idempotencyKey }) {
      keys.add(idempotencyKey)
      return { accepted: account !== 'broke' }
    },
  }
}

export async function startShop(options: ShopLifeOptions): Promise<ShopLife> {
  const { stores, wrapBroker = (broker): Broker => broker, bank = bankBook(), startMs } = options
  const clock = virtualClock(startMs === undefined ? {} : { startMs })
  const broker = wrapBroker(memoryBroker({ clock }))
  const starting = startSystem(shop(bank), { stores, broker, clock })
  return { clock, running: await inTime({ clock }, starting) }
}

export interface OrderPlan {
  readonly orderId: string
  readonly account: string
  readonly lines: readonly { readonly item: string; readonly quantity: number }[]
  /** How the order has to end. */
  readonly ends: 'Confirmed' | 'Failed'
}

/** Orders that can be filled, orders of people without money, and orders of what is not there. */
export function planOrders(count: number): readonly OrderPlan[] {
  return Array.from({ length: count }, (_, index) => {
    const orderId = `o${index}`
    const tea = { item: 'tea', quantity: 1 + (index % 2) }
    if (index % 5 === 3) return { orderId, account: 'broke', lines: [tea], ends: 'Failed' }
    const jam = { item: 'jam', quantity: 1 }
    if (index % 5 === 4) return { orderId, account: 'ann', lines: [tea, jam], ends: 'Failed' }
    return { orderId, account: 'ann', lines: [tea, tea], ends: 'Confirmed' }
  })
}

/** A customer who places orders, each under an id of its own, and repeats what was not answered. */
export interface Customer {
  /** Places what was not answered yet: all at once, or one after the other. */
  place(life: ShopLife, manner?: 'together' | 'in turn'): Promise<void>
  readonly unanswered: readonly string[]
}

export function customer(plans: readonly OrderPlan[]): Customer {
  const answered = new Set<string>()
  const supply = { id: 'supply', command: Stock.supply({ item: 'tea', quantity: 1_000 }) }
  const orders = plans.map(({ orderId, account, lines }) => {
    const command = Order.place({ orderId, account, cents: 100, lines: [...lines] })
    return { id: orderId, command }
  })
  const all = [supply, ...orders]
  const ask = async (
    { running }: ShopLife,
    { id, command }: (typeof all)[number],
  ): Promise<void> => {
    await running.execute(command, { id }).then(
      () => answered.add(id),
      () => undefined,
    )
  }
  const left = (): typeof all => all.filter(({ id }) => !answered.has(id))
  return {
    get unanswered() {
      return left().map(({ id }) => id)
    },
    async place(life, manner = 'together') {
      if (manner === 'together') await Promise.all(left().map((each) => ask(life, each)))
      else for (const each of left()) await ask(life, each)
    },
  }
}

/** Lets time pass until something is done: what has to be tried again waits for its time. */
export async function inTime<T>(
  { clock }: { readonly clock: VirtualClock },
  work: Promise<T>,
): Promise<T> {
  let isDone = false
  void work.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  for (let turn = 0; !isDone && turn < turnsMax; turn += 1) await clock.advance(turn)
  assert.ok(isDone, 'It is not done, however long it is waited for.')
  return work
}

/** Turns of the clock that something is waited for; each is a millisecond longer than the one before it. */
const turnsMax = 1_000

/** Lets a shop finish what it has to do. What it never finishes is the business of the judge. */
export async function settle({ running, clock }: ShopLife, limitMs = 180_000): Promise<void> {
  await untilIdle(running, clock, limitMs).catch(() => undefined)
}

/** What is wrong with the logs of a shop whose orders were all accepted. Empty: nothing. */
export async function judgeShop(
  stores: StoreProvider,
  plans: readonly OrderPlan[],
  bank?: BankBook,
): Promise<readonly string[]> {
  const problems: string[] = []
  const logs: Record<string, readonly Entry[]> = {}
  for (const name of serviceNames) {
    await using store = await stores.open(name, { partitions: 1 })
    logs[name] = await store.read({ partition: 0, after: 0, limit: 100_000 })
    problems.push(...judgeLog(name, logs[name]), ...(await judgeAgenda(name, store)))
  }
  const { stock = [], payment = [], order = [] } = logs
  for (const plan of plans) problems.push(...judgeOrder(plan, { stock, payment, order }))
  if (bank && bank.keys.size > plans.length) problems.push('the bank was asked under too many keys')
  return problems
}

/** Positions have no gaps, and the versions of each stream count from 1. */
export function judgeLog(name: string, log: readonly Entry[]): readonly string[] {
  const versions = new Map<string, number>()
  return log.flatMap((entry, index) => {
    const problems: string[] = []
    if (entry.position !== index + 1) problems.push(`${name} has a gap at ${index + 1}`)
    if (entry.stream === undefined) return problems
    const version = (versions.get(entry.stream) ?? 0) + 1
    versions.set(entry.stream, version)
    if (entry.streamVersion !== version) problems.push(`${entry.stream} has no version ${version}`)
    return problems
  })
}

async function judgeAgenda(name: string, store: Store): Promise<readonly string[]> {
  const parked = await store.parked({ limit: 10 })
  const due = await store.dueTimers(Number.MAX_SAFE_INTEGER, 10)
  return [
    ...parked.map(({ id, reason }) => `${name} has parked ${id}: ${reason}`),
    ...due.map(({ id }) => `${name} has left the timer ${id} behind`),
  ]
}

function judgeOrder(
  { orderId, lines, ends }: OrderPlan,
  logs: Readonly<Record<'stock' | 'payment' | 'order', readonly Entry[]>>,
): readonly string[] {
  const typesIn = (log: readonly Entry[]): readonly string[] =>
    log.filter((entry) => entry.kind === 'event' && isOf(entry, orderId)).map(({ type }) => type)
  const count = (types: readonly string[], type: string): number =>
    types.filter((each) => each === type).length
  const stock = typesIn(logs.stock)
  const wanted = ends === 'Confirmed' ? lines.length : 0
  const kept = count(stock, 'stock.Reserved') - count(stock, 'stock.Released')
  const paid = count(typesIn(logs.payment), 'payment.Paid')
  const history = typesIn(logs.order).join(' ')
  const expected =
    ends === 'Confirmed'
      ? 'order.Placed order.Confirmed'
      : 'order.Placed order.Failed order.Reminded'
  return [
    ...(history === expected ? [] : [`${orderId} has the history ${history}`]),
    ...(kept === wanted ? [] : [`${orderId} keeps ${kept} reservations instead of ${wanted}`]),
    ...(paid === Math.min(1, wanted) ? [] : [`${orderId} is paid ${paid} times`]),
  ]
}

function isOf({ data }: Entry, orderId: string): boolean {
  // Why the cast: every event of the shop but a supply names its order.
  return (JSON.parse(data) as { orderId?: string }).orderId === orderId
}

/** A life from its start to its stop: the orders are placed, carried out, and judged. */
export async function liveAndJudge(
  options: ShopLifeOptions,
  plans: readonly OrderPlan[] = planOrders(10),
): Promise<readonly string[]> {
  const life = await startShop(options)
  const shopper = customer(plans)
  await inTime(life, shopper.place(life))
  await settle(life)
  await inTime(life, life.running.stop())
  const unanswered = shopper.unanswered.map((id) => `${id} was not answered`)
  return [...unanswered, ...(await judgeShop(options.stores, plans, options.bank))]
}

export function assertFine(problems: readonly string[]): void {
  assert.deepEqual(problems, [])
}

/** The judge sees the planted bug, by a problem that names it. */
export function assertSeen(problems: readonly string[], pattern: RegExp): void {
  assert.ok(
    problems.some((problem) => pattern.test(problem)),
    `The planted bug was not seen: ${JSON.stringify(problems)}`,
  )
}
