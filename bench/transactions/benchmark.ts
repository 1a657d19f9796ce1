import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import { startBenchServer } from '../postgres/server.ts'
import type { Bar, BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { untilIdle } from '../systems/until-idle.ts'
import { openDbos, openRestate, type Peer } from './peers.ts'
import { openTrading, type Style, styles } from './trade.ts'

const unit = 'transactions/s'
const together = [1, 32, 128] as const
type Together = (typeof together)[number]

/** Transactions of one run: those of the peers are fewer, for they take longer. */
const counts: Readonly<Record<Together, { readonly own: number; readonly peers: number }>> = {
  1: { own: 1_000, peers: 200 },
  32: { own: 10_000, peers: 1_000 },
  128: { own: 15_000, peers: 1_000 },
}
const quickShare = 0.05
const warmUpShare = 0.2

const scaled = (count: number, { quick }: RunScope): number =>
  Math.ceil(count * (quick ? quickShare : 1))

type Adapter = 'sqlite' | 'postgres'

interface OpenStores extends AsyncDisposable {
  readonly stores: StoreProvider
  readonly analyze: () => Promise<void>
}

async function openStores(adapter: Adapter, { folder }: RunScope): Promise<OpenStores> {
  if (adapter === 'sqlite') {
    const nothing = async (): Promise<void> => undefined
    return { stores: sqliteStores({ folder }), analyze: nothing, [Symbol.asyncDispose]: nothing }
  }
  const server = await startBenchServer()
  return {
    stores: postgresStores({ url: server.url }),
    analyze: server.analyze,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const dbosName = (concurrency: Together): string =>
  `DBOS, a workflow of three steps, ${concurrency} at once`
const restateName = (concurrency: Together): string =>
  `Restate, a chain of three services, ${concurrency} at once`

function barsOf(concurrency: Together): readonly Bar[] {
  const [dbos, restate] = [dbosName(concurrency), restateName(concurrency)]
  if (concurrency === 1) {
    return [dbos, restate].map((against) => ({ measure: 'p50Ms', against, atMost: 1 }))
  }
  return [
    { measure: 'value', against: restate, atLeast: 5 },
    { measure: 'value', against: dbos, atLeast: 4 },
  ]
}

function traded(adapter: Adapter, style: Style, concurrency: Together): BenchCase {
  return {
    name: `${style} on ${adapter}, ${concurrency} at once`,
    unit,
    bars: barsOf(concurrency),
    async run(scope): Promise<Sample> {
      const count = scaled(counts[concurrency].own, scope)
      const warmUp = Math.ceil(count * warmUpShare)
      await using opened = await openStores(adapter, scope)
      await using trading = await openTrading(style, opened.stores)
      await drive({ concurrency, count: warmUp, run: trading.run })
      await opened.analyze()
      const before = await costsOf(trading)
      const run = (index: number): Promise<void> => trading.run(warmUp + index)
      const sample = await drive({ concurrency, count, run })
      await untilIdle(trading.running)
      const after = await costsOf(trading)
      return {
        ...sample,
        facts: {
          'commits a transaction': (after.commits - before.commits) / count,
          'log entries a transaction': (after.position - before.position) / count,
          'CPU µs a transaction, here': sample.cpuMicrosecondsEach,
        },
      }
    },
  }
}

async function costsOf({ running }: Awaited<ReturnType<typeof openTrading>>) {
  const { services } = await running.status()
  const sum = (name: 'commits' | 'position'): number =>
    services.reduce((total, service) => total + service[name], 0)
  return { commits: sum('commits'), position: sum('position') }
}

function peered(
  name: string,
  concurrency: Together,
  open: (scope: RunScope) => Promise<Peer>,
): BenchCase {
  return {
    name,
    unit,
    async run(scope) {
      const count = scaled(counts[concurrency].peers, scope)
      await using peer = await open(scope)
      await peer.drive({ concurrency, count: Math.ceil(count * warmUpShare) })
      await peer.analyze?.()
      return await peer.drive({ concurrency, count })
    },
  }
}

/**
 * A business transaction over three services, from the order to its durable end, beside durable workflows: each of the
 * peers keeps what it does as durably.
 */
export const transactionsBenchmark: Benchmark = {
  name: 'transactions',
  cases: together.flatMap((concurrency) => [
    peered(dbosName(concurrency), concurrency, openDbos),
    peered(restateName(concurrency), concurrency, openRestate),
    ...(['sqlite', 'postgres'] as const).flatMap((adapter) =>
      styles.map((style) => traded(adapter, style, concurrency)),
    ),
  ]),
}
