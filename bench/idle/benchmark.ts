import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { startBenchServer } from '../postgres/server.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'

interface Shape {
  readonly name: string
  readonly kind: 'sqlite' | 'postgres'
  readonly services: number
  /** Processes that run all of them. */
  readonly replicas: number
}

const shapes: readonly Shape[] = [
  { name: 'one service, sqlite', kind: 'sqlite', services: 1, replicas: 1 },
  { name: 'a hundred services, sqlite', kind: 'sqlite', services: 100, replicas: 1 },
  { name: 'one service, postgres', kind: 'postgres', services: 1, replicas: 1 },
  { name: 'two services, postgres', kind: 'postgres', services: 2, replicas: 1 },
  { name: 'one service in two processes, postgres', kind: 'postgres', services: 1, replicas: 2 },
  { name: 'a hundred services, postgres', kind: 'postgres', services: 100, replicas: 1 },
]

const settleMs = 10_000
const watchMs = 20_000
const quickShare = 0.1
const megabyte = 1_048_576

/** What one process says of itself. */
interface Told {
  readonly rssBytes: number
  readonly cpuMs: number
}

/** What the server says of all of them. */
interface Served {
  readonly connections: number
  readonly transactions: number
}

function measured({ name, kind, services, replicas }: Shape): BenchCase {
  return {
    name,
    unit: 'MB a process',
    async run(scope): Promise<Sample> {
      await using stack = new AsyncDisposableStack()
      const server = kind === 'postgres' ? stack.use(await startBenchServer()) : undefined
      const args = [kind, server?.url ?? scope.folder, String(services)]
      const children: ChildProcess[] = []
      for (let index = 0; index < replicas; index += 1)
        children.push(stack.adopt(await startChild(args), endChild))
      const watching = server && (await watch(server.url))
      if (watching) stack.defer(() => watching.end())
      await pause(settleMs, scope)
      const before = await look(children, watching)
      await pause(watchMs, scope)
      const after = await look(children, watching)
      const seconds = (after.atMs - before.atMs) / 1_000
      return {
        value: after.rssBytes / replicas / megabyte,
        facts: {
          connections: after.connections,
          'transactions/s': (after.transactions - before.transactions) / seconds,
          'CPU ms a second': (after.cpuMs - before.cpuMs) / seconds,
        },
      }
    },
  }
}

interface Look extends Told, Served {
  readonly atMs: number
}

async function look(
  children: readonly ChildProcess[],
  watching: Watching | undefined,
): Promise<Look> {
  const told = await Promise.all(children.map(ask))
  const served = (await watching?.look()) ?? { connections: 0, transactions: 0 }
  const sum = (name: keyof Told): number => told.reduce((total, each) => total + each[name], 0)
  return { atMs: performance.now(), rssBytes: sum('rssBytes'), cpuMs: sum('cpuMs'), ...served }
}

async function startChild(args: readonly string[]): Promise<ChildProcess> {
  const execArgv = [
    '--conditions=dure-source',
    '--expose-gc',
    '--disable-warning=ExperimentalWarning',
  ]
  const child = fork(join(import.meta.dirname, 'child.ts'), args, { execArgv })
  await said(child)
  return child
}

async function endChild(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

async function ask(child: ChildProcess): Promise<Told> {
  child.send('how are you')
  // Why the cast: only `child.ts` speaks here.
  return (await said(child)) as Told
}

function said(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const failed = (): void => reject(new Error('The process ended.'))
  child.once('message', resolve)
  child.once('exit', failed)
  return promise.finally(() => child.off('exit', failed))
}

interface Watching {
  look(): Promise<Served>
  end(): Promise<void>
}

/** Looks at the server; what it asks itself is left out. */
async function watch(url: string): Promise<Watching> {
  const client = new pg.Client(url)
  await client.connect()
  let looks = 0
  return {
    async look() {
      const { rows } = await client.query<{ connections: string; transactions: string }>(
        `SELECT (SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()) AS connections,
                (SELECT xact_commit + xact_rollback FROM pg_stat_database
                 WHERE datname = current_database()) AS transactions`,
      )
      const transactions = Number(rows[0]?.transactions) - looks
      looks += 1
      return { connections: Number(rows[0]?.connections), transactions }
    },
    end: () => client.end(),
  }
}

function pause(milliseconds: number, { quick }: RunScope): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds * (quick ? quickShare : 1)))
}

/** What services cost that have nothing to do: memory, connections, and what is asked all the same. */
export const idleBenchmark: Benchmark = { name: 'idle', cases: shapes.map(measured) }
