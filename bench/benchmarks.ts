import type { BenchTable } from './http/table.ts'
import type { Benchmark } from './suite/benchmark.ts'

/** Benchmarks whose cases run in processes of their own, in turns. Each process loads only what it measures. */
export const benchmarks: readonly {
  readonly name: string
  readonly summary: string
  load(): Promise<Benchmark>
}[] = [
  {
    name: 'commands',
    summary: 'durable commands of one service, without HTTP',
    load: async () => (await import('./commands/benchmark.ts')).commandsBenchmark,
  },
  {
    name: 'postgres',
    summary: 'the same on Postgres, beside Emmett and beside the same rows written by hand',
    load: async () => (await import('./postgres/benchmark.ts')).postgresBenchmark,
  },
  {
    name: 'views',
    summary: 'a view that follows the log: how fast it catches up, and what it costs commands',
    load: async () => (await import('./views/benchmark.ts')).viewsBenchmark,
  },
  {
    name: 'brokers',
    summary: 'NATS JetStream: what a relay publishes, and the hop from one process to another',
    load: async () => (await import('./brokers/benchmark.ts')).brokersBenchmark,
  },
  {
    name: 'calls',
    summary: 'a query of another process, beside a bare pool of connections and a bare server',
    load: async () => (await import('./calls/benchmark.ts')).callsBenchmark,
  },
  {
    name: 'transactions',
    summary: 'a business transaction over three services, both styles, beside DBOS and Restate',
    load: async () => (await import('./transactions/benchmark.ts')).transactionsBenchmark,
  },
  {
    name: 'growth',
    summary: 'the same work on a store with ten times the commands; one stream of 100,000 events',
    load: async () => (await import('./growth/benchmark.ts')).growthBenchmark,
  },
  {
    name: 'checkouts',
    summary: 'the marketplace, eight services in one process; times are from checkout to the end',
    load: async () => (await import('./checkouts/benchmark.ts')).checkoutsBenchmark,
  },
  {
    name: 'idle',
    summary: 'what a service, a replica, and a hundred services cost that have nothing to do',
    load: async () => (await import('./idle/benchmark.ts')).idleBenchmark,
  },
  {
    name: 'memory',
    summary: 'the marketplace: memory at rest and over many checkouts, and the start after them',
    load: async () => (await import('./memory/benchmark.ts')).memoryBenchmark,
  },
  {
    name: 'simulate',
    summary: 'worlds of the simulator, one thread, with and without judges',
    load: async () => (await import('./simulate/benchmark.ts')).simulateBenchmark,
  },
]

/** Measurements behind a choice, and of the server: they bring their own way to measure. */
export const tables: readonly {
  readonly name: string
  readonly summary: string
  run(): Promise<BenchTable>
}[] = [
  {
    name: 'http-commands',
    summary: 'commands and queries over HTTP, beside a plain server that answers a constant',
    run: async () => (await import('./http-commands/main.ts')).run(),
  },
  {
    name: 'store',
    summary: 'the embedded store, beside the same rows written by hand and beside a worker thread',
    run: async () => (await import('./store/main.ts')).run(),
  },
  {
    name: 'http',
    summary: 'HTTP libraries answering constants and validated requests',
    run: async () => (await import('./http/main.ts')).run(),
  },
]
