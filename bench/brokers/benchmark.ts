import assert from 'node:assert/strict'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { aggregate, contract, policy, service, system } from 'dure'
import { z } from 'zod'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { natsCarrier } from '../../src/adapters/nats/index.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { NewEntry, Store, StoreProvider } from '../../src/log/store.port.ts'
import type { Broker } from '../../src/messaging/broker.port.ts'
import { carriedBroker } from '../../src/messaging/carried/carried-broker.ts'
import { encodeEntry } from '../../src/messaging/envelope.ts'
import { startRelay, topicOf } from '../../src/messaging/relay.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { startNats } from '../../test/servers/nats.ts'
import { recordCommits } from '../commands/record-commits.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { percentile } from '../suite/statistics.ts'

import { watchStores } from '../systems/watch-stores.ts'

const messages = 100_000
const hops = 1_000
const quickShare = 0.05
/** Messages that the client alone has on their way at once: as many as a page of a relay holds. */
const together = 256
const source = 'warehouse'
const lookMs = 2

const scaled = (count: number, { quick }: RunScope): number => count * (quick ? quickShare : 1)

async function recordEntries(count: number): Promise<readonly NewEntry[]> {
  const commits = await recordCommits({ pattern: 'new streams', hasView: false, count })
  return commits.flatMap(({ entries = [] }) => entries)
}

async function publishAll(connection: NatsConnection, bodies: readonly string[]): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < bodies.length) {
      const body = bodies[next] ?? ''
      next += 1
      const answer = await connection.request('bench.reserved', body, { timeout: 60_000 })
      assert.match(answer.string(), /"seq"/)
    }
  }
  await Promise.all(Array.from({ length: together }, worker))
}

const client: BenchCase = {
  name: `the client alone, ${together} at once`,
  unit: 'messages/s',
  async run(scope) {
    const entries = await recordEntries(scaled(messages, scope))
    const bodies = entries.map(
      (entry, index) => encodeEntry(source, { ...entry, position: index + 1 }).body,
    )
    await using server = await startNats()
    const connection = await connect({ servers: server.url })
    const config = { name: 'bench', subjects: ['bench.>'], storage: 'file' }
    await connection.request('$JS.API.STREAM.CREATE.bench', JSON.stringify(config))
    const begun = performance.now()
    await publishAll(connection, bodies)
    const value = (bodies.length * 1_000) / (performance.now() - begun)
    await connection.close()
    return { value }
  },
}

const relay: BenchCase = {
  name: 'a relay',
  unit: 'messages/s',
  bars: [{ measure: 'value', against: client.name, atLeast: 0.6 }],
  async run(scope) {
    const entries = await recordEntries(scaled(messages, scope))
    const store = await memoryStores().open(source, { partitions: 1 })
    await store.commit([{ entries }])
    await using server = await startNats()
    const clock = nodeClock()
    await using broker = await openBroker(server.url, clock)
    const begun = performance.now()
    const running = startRelay({ service: source, partition: 0, store, broker, clock })
    await untilPublished(broker, store, entries.length)
    const value = (entries.length * 1_000) / (performance.now() - begun)
    await running.stop()
    return { value }
  },
}

async function untilPublished(broker: Broker, store: Store, head: number): Promise<void> {
  const isPublished = async (): Promise<boolean> =>
    (await broker.wanted(topicOf(source, 0), store.incarnation)).every((each) => each >= head)
  while (!(await isPublished())) await new Promise((resolve) => setTimeout(resolve, lookMs))
}

async function openBroker(servers: string, clock: ReturnType<typeof nodeClock>): Promise<Broker> {
  const carrier = await natsCarrier({ servers, system: 'bench' })
  return carriedBroker({ carrier, clock, onFailure: (message) => console.error(message) })
}

const Note = z.object({ id: z.string() })
const Desk = contract('desk', { commands: { write: { input: Note } }, events: { Written: Note } })
const Hall = contract('hall', { commands: { hang: { input: Note } }, events: { Hung: Note } })
const Book = aggregate(Desk, 'book', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { write: (_, command) => Desk.Written(command) },
  evolve: {},
})
const Board = aggregate(Hall, 'board', {
  key: ({ id }) => id,
  initial: () => ({}),
  decide: { hang: (_, command) => Hall.Hung(command) },
  evolve: {},
})
const deskAndHall = system('hop', {
  services: [
    service(Desk, { aggregates: [Book] }),
    service(Hall, {
      aggregates: [Board],
      policies: [policy('hang').on(Desk.Written, (note) => Hall.hang(note))],
    }),
  ],
})

const durable: BenchCase = {
  name: 'two durable commits, one after the other',
  unit: 'pairs/s',
  async run(scope) {
    const count = scaled(hops, scope)
    const commits = await recordCommits({
      pattern: 'new streams',
      hasView: false,
      count: count * 2,
    })
    const store = await sqliteStores({ folder: scope.folder }).open('pairs', { partitions: 1 })
    const times: number[] = []
    for (let index = 0; index < commits.length; index += 2) {
      const begun = performance.now()
      for (const commit of commits.slice(index, index + 2)) await store.commit([commit])
      times.push(performance.now() - begun)
    }
    await store[Symbol.asyncDispose]()
    return told(times)
  },
}

const hop: BenchCase = {
  name: 'a hop over NATS, from a commit here to the commit of its effect there',
  unit: 'hops/s',
  bars: [
    { measure: 'p50Ms', atMost: 3 },
    { measure: 'p50Ms', against: durable.name },
  ],
  async run(scope) {
    await using server = await startNats()
    const clock = nodeClock()
    const arrivals = new Map<string, () => void>()
    const stores = watchStores(sqliteStores({ folder: scope.folder }), ({ entries = [] }) => {
      for (const { type, key } of entries) if (type === 'hall.Hung') arrivals.get(key)?.()
    })
    await using two = await startTwo(server.url, stores, clock)
    const times: number[] = []
    for (let index = 0; index < scaled(hops, scope); index += 1) {
      const id = `note-${index}`
      const arrived = Promise.withResolvers<void>()
      arrivals.set(id, arrived.resolve)
      const answer = await two.write(id)
      const begun = performance.now()
      assert.ok(answer.ok)
      await arrived.promise
      times.push(performance.now() - begun)
    }
    return told(times)
  },
}

function told(times: readonly number[]): Sample {
  const total = times.reduce((sum, each) => sum + each, 0)
  return {
    value: (times.length * 1_000) / total,
    p50Ms: percentile([...times], 0.5),
    p99Ms: percentile([...times], 0.99),
  }
}

/** Both services on systems of their own, which know each other through the broker alone. */
async function startTwo(
  servers: string,
  stores: StoreProvider,
  clock: ReturnType<typeof nodeClock>,
) {
  const opened = new Map<string, PromiseWithResolvers<Store>>()
  for (const name of ['desk', 'hall']) opened.set(name, Promise.withResolvers<Store>())
  const storeOf = (name: string) => opened.get(name)?.promise ?? assert.fail(name)
  const remote = {
    async address(name: string) {
      const { incarnation, partitions } = await storeOf(name)
      return { service: name, incarnation, partitions }
    },
    heads: async (name: string) => (await storeOf(name)).heads(),
  }
  const start = async (name: string) => {
    const broker = await openBroker(servers, clock)
    const running = await startSystem(deskAndHall, {
      stores: {
        erase: (each) => stores.erase(each),
        async open(each, options) {
          const store = await stores.open(each, options)
          opened.get(each)?.resolve(store)
          return store
        },
      },
      broker,
      clock,
      here: [name],
      remote,
      report: ({ level, message }) => void (level === 'info' || console.error(message)),
    })
    return { broker, running }
  }
  const both = await Promise.all([start('desk'), start('hall')])
  return {
    write: (id: string) => both[0].running.execute(Desk.write({ id })),
    async [Symbol.asyncDispose]() {
      for (const { running } of both) await running.stop()
      for (const { broker } of both) await broker[Symbol.asyncDispose]()
      clock[Symbol.dispose]()
    },
  }
}

/** What messages between processes cost over NATS JetStream on loopback. */
export const brokersBenchmark: Benchmark = {
  name: 'brokers',
  cases: [client, relay, durable, hop],
}
