import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { postgresStores, type PostgresStoresOptions } from '../../src/adapters/postgres/index.ts'
import type { Commit, LogFollower, Store } from '../../src/log/store.port.ts'
import { ownLeases } from '../../src/messaging/leases/leases.ts'
import { createServiceRelays } from '../../src/messaging/service-relays.ts'
import type { PrivatePostgres } from '../servers/postgres.ts'
import { type CollectingBroker, collectingBroker } from './collecting-broker.ts'
import { insist, placed } from './orders.ts'

export interface RelayBenchOptions extends Partial<PostgresStoresOptions> {
  readonly relay: 'polling' | 'tailing'
  readonly partitions?: number
  /** Commits that are made before the relays start. */
  readonly before?: number
  /** How fast the clock of the relays goes: 1 without it. */
  readonly hurry?: number
}

/** The relays of a log on a real server that another store writes. */
export interface RelayBench {
  readonly broker: CollectingBroker
  readonly database: string
  readonly url: string
  /** What went wrong with passing on, and was said. */
  readonly failures: string[]
  /** What the relays asked of their store: `read` and `heads`. */
  readonly asked: string[]
  /** Whether the log tells of what is committed. */
  readonly isFollowed: () => boolean
  /** Writes so many commits through a store of its own, whatever the server does. */
  write(writer: string, count: number): Promise<void>
  /** Looks until so many entries of a partition were passed on. */
  untilPassedOn(count: number, partition?: number): Promise<void>
  /** Looks until something is the case. */
  until(isSo: () => boolean): Promise<void>
  /** Ends the relays, and closes the stores. */
  stop(): Promise<void>
}

/** How long anything may take on any machine. */
const untilMsMax = 120_000

export async function openRelayBench(
  context: TestContext,
  server: PrivatePostgres,
  { relay, partitions = 1, before = 0, hurry = 1, ...rest }: RelayBenchOptions,
): Promise<RelayBench> {
  const url = await server.createDatabase()
  const common = { url, durability: 'relaxed', ...rest } as const
  const writers = await postgresStores(common).open('stock', { partitions })
  const [asked, failures]: [string[], string[]] = [[], []]
  let isFollowed = false
  const inner = await postgresStores({ ...common, relay }).open('stock', { partitions })
  const store = noting(inner, asked, (isTold) => {
    isFollowed = isTold
  })
  const clock = nodeClock()
  const broker = collectingBroker()
  const onFailure = (message: string): void => void failures.push(message)
  const relays = createServiceRelays({
    service: 'stock',
    store,
    broker,
    clock: { ...clock, nowMs: () => clock.nowMs() * hurry },
    leases: ownLeases,
    onFailure,
  })
  const stop = async (): Promise<void> => {
    await relays.stop()
    await Promise.all([writers, inner].map((each) => each[Symbol.asyncDispose]()))
    clock[Symbol.dispose]()
  }
  context.after(stop)

  const write: RelayBench['write'] = async (writer, count) => {
    for (let index = 0; index < count; index += 1) {
      const commit = inPartition(placed(`${writer}-${index}`), index % partitions)
      await insist(() => writers.commit([commit]))
    }
  }
  const until: RelayBench['until'] = async (isSo) => {
    const endMs = performance.now() + untilMsMax
    while (!isSo()) {
      if (performance.now() > endMs) assert.fail(`It did not come to that: ${said()}`)
      // A server that is away is looked at again.
      await relays.look().catch(() => undefined)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const said = (): string => {
    const passedOn = Array.from({ length: partitions }, (_, partition) => [
      ...broker.positions(`stock/${partition}`),
    ])
    return JSON.stringify({ isFollowed, passedOn, failures, asked: asked.slice(-20) })
  }
  await write('before', before)
  await relays.start()
  return {
    broker,
    url,
    database: new URL(url).pathname.slice(1),
    failures,
    asked,
    isFollowed: () => isFollowed,
    write,
    until,
    stop,
    untilPassedOn: (count, partition = 0) =>
      until(() => broker.positions(`stock/${partition}`).length >= count),
  }
}

function noting(inner: Store, asked: string[], onFollowed: (isFollowed: boolean) => void): Store {
  const { follow } = inner
  return {
    ...inner,
    read: (request) => (asked.push('read'), inner.read(request)),
    heads: () => (asked.push('heads'), inner.heads()),
    ...(follow && {
      follow: (follower: LogFollower) =>
        follow({
          told: follower.told,
          begun() {
            follower.begun()
            onFollowed(true)
          },
          ended(reason) {
            onFollowed(false)
            follower.ended(reason)
          },
        }),
    }),
  }
}

function inPartition(commit: Commit, partition: number): Commit {
  return { ...commit, entries: (commit.entries ?? []).map((entry) => ({ ...entry, partition })) }
}

/** Positions from 1, without a gap. */
export function counted(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
