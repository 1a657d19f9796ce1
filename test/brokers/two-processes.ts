// The shop in two processes that know each other through a broker alone: stock and payment in one, orders in the other.
import assert from 'node:assert/strict'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import type { Store, StoreProvider } from '../../src/log/store.port.ts'
import { carriedBroker } from '../../src/messaging/carried/carried-broker.ts'
import type { Carrier } from '../../src/messaging/carried/carrier.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { type RemoteServices, startSystem } from '../../src/runtime/start-system.ts'
import { Order, Payment, shop, Stock } from '../systems/shop.ts'
import { until } from './verify-carrier.ts'

export interface TwoProcesses extends AsyncDisposable {
  /** Places so many orders of one piece of tea for 500 cents each. */
  place(count: number): Promise<void>
  /** Waits until every order is confirmed, then looks whether each took effect once. */
  settle(): Promise<void>
  /** What was reported as failing and tried again. */
  readonly reports: string[]
}

/** Where the stores of the other process are: what processes tell each other over another way. */
function createMeetingPlace() {
  const stores = new Map<string, PromiseWithResolvers<Store>>()
  const place = (service: string): PromiseWithResolvers<Store> => {
    const known = stores.get(service) ?? Promise.withResolvers<Store>()
    stores.set(service, known)
    return known
  }
  const remote: RemoteServices = {
    async address(service) {
      const { incarnation, partitions } = await place(service).promise
      return { service, incarnation, partitions }
    },
    heads: async (service) => (await place(service).promise).heads(),
  }
  const told = (inner: StoreProvider): StoreProvider => ({
    ...inner,
    open: async (service, options) => {
      const store = await inner.open(service, options)
      place(service).resolve(store)
      return store
    },
    erase: (service) => inner.erase(service),
  })
  return { remote, told }
}

/** Starts both. `connect` gives each its own connection to the server. */
export async function startTwoProcesses(connect: () => Promise<Carrier>): Promise<TwoProcesses> {
  const reports: string[] = []
  const { remote, told } = createMeetingPlace()
  const clock = nodeClock()
  const system = shop()
  const brokers: AsyncDisposable[] = []
  const start = async (here: readonly string[]): Promise<RunningSystem> => {
    const carrier = await connect()
    const onFailure = (message: string): void => void reports.push(message)
    const broker = carriedBroker({ carrier, clock, onFailure })
    brokers.push(broker)
    const report = (each: { readonly message: string }): void => void reports.push(each.message)
    return startSystem(system, {
      stores: told(memoryStores()),
      broker,
      clock,
      here,
      remote,
      report,
    })
  }
  const others = system.services.map(({ name }) => name).filter((name) => name !== 'order')
  const [desk, back] = await Promise.all([start(['order']), start(others)])
  await back.execute(Stock.supply({ item: 'tea', quantity: 100_000 }))
  let placed = 0

  return {
    reports,
    async place(count) {
      const lines = [{ item: 'tea', quantity: 1 }]
      const orders = Array.from({ length: count }, (_, index) => {
        const orderId = `o-${placed + index}`
        return desk.execute(Order.place({ orderId, account: 'ann', cents: 500, lines }))
      })
      placed += count
      await Promise.all(orders)
    },
    async settle() {
      const isIdle = async (): Promise<boolean> =>
        (await desk.idle()).idle && (await back.idle()).idle
      await until(isIdle).catch(async (cause: unknown) => {
        const facts = JSON.stringify([await desk.idle(), await back.idle(), reports], undefined, 1)
        throw new assert.AssertionError({ message: `${String(cause)} ${facts}` })
      })
      for (let index = 0; index < placed; index += 1) {
        const answer = await desk.query(Order.status({ orderId: `o-${index}` }))
        assert.deepEqual(answer.ok && answer.output, { status: 'confirmed' })
      }
      const spent = await back.query(Payment.spent({ account: 'ann' }))
      assert.deepEqual(spent.ok && spent.output, { cents: placed * 500, payments: placed })
      const stock = await back.query(Stock.item({ item: 'tea' }))
      assert.deepEqual(stock.ok && stock.output, { available: 100_000, reserved: placed })
      assert.deepEqual([await desk.parked(), await back.parked()], [[], []])
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([desk.stop(), back.stop()])
      await Promise.all(brokers.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}
