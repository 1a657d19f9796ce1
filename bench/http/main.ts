import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chooseLoader, type Measured, type Target } from './load.ts'
import { servers } from './servers.ts'
import { type BenchRow, type BenchTable, median, printTable } from './table.ts'
import { SAMPLE_BODY } from './work.ts'

const REPETITIONS = 3
const WARM_UP_SECONDS = 2
const SECONDS = 4

const BASELINE = 'node:http'

const kinds = {
  'GET constant': { method: 'GET', path: '/hello' },
  'GET by key': { method: 'GET', path: '/orders/order-7' },
  'POST constant': { method: 'POST', path: '/constant', body: SAMPLE_BODY },
  'POST validated': { method: 'POST', path: '/orders', body: SAMPLE_BODY },
} as const

type Kind = keyof typeof kinds

const kindNames = Object.keys(kinds) as Kind[]

type Running = { readonly name: string; readonly port: number; readonly child: ChildProcess }

/** What each way to serve HTTP costs; the ratio is to the plain server at the same work. */
export async function run(): Promise<BenchTable> {
  const { name: loader, load } = await chooseLoader()
  const running = await Promise.all(Object.keys(servers).map(startServer))
  const cases = kindNames.flatMap((kind) => running.map((server) => ({ server, kind })))
  const results = new Map<string, Measured[]>()
  try {
    for (const server of running) {
      for (const kind of kindNames) await load(targetOf(server, kind), WARM_UP_SECONDS)
    }
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      for (const { server, kind } of cases) {
        const measured = await load(targetOf(server, kind), SECONDS)
        const key = keyOf(server.name, kind)
        results.set(key, [...(results.get(key) ?? []), measured])
      }
    }
  } finally {
    for (const { child } of running) child.kill()
  }
  const names = running.map(({ name }) => name)
  return { name: `http, 64 connections by ${loader}`, rows: rowsOf(names, results) }
}

async function startServer(name: string): Promise<Running> {
  const child = fork(`${import.meta.dirname}/child.ts`, [name])
  const [port] = (await once(child, 'message')) as [number]
  return { name, port, child }
}

function targetOf(server: Running, kind: Kind): Target {
  const { path, ...request } = kinds[kind]
  return { ...request, url: `http://127.0.0.1:${server.port}${path}` }
}

function keyOf(server: string, kind: Kind): string {
  return `${kind}: ${server}`
}

type Results = ReadonlyMap<string, readonly Measured[]>

function rowsOf(names: readonly string[], results: Results): BenchRow[] {
  const speeds = (server: string, kind: Kind) =>
    (results.get(keyOf(server, kind)) ?? []).map((measured) => measured.perSecond)
  const rows = kindNames.flatMap((kind) =>
    names.map((name): BenchRow => {
      const measured = results.get(keyOf(name, kind)) ?? []
      return {
        name: keyOf(name, kind),
        ...spread(speeds(name, kind)),
        p50Ms: median(measured.map((one) => one.p50Ms)),
        p99Ms: median(measured.map((one) => one.p99Ms)),
        ratio: ratioOf(speeds(name, kind), speeds(BASELINE, kind)),
      }
    }),
  )
  const againstOwn = (['POST validated', 'GET by key'] as const).flatMap((kind) =>
    names.map((name) => ({
      name: `${keyOf(name, kind)}, of its own POST constant`,
      ...spread(speeds(name, kind)),
      ratio: ratioOf(speeds(name, kind), speeds(name, 'POST constant')),
    })),
  )
  return [...rows, ...againstOwn]
}

function spread(speeds: readonly number[]): Omit<BenchRow, 'name'> {
  return {
    perSecond: median(speeds),
    perSecondMin: Math.min(...speeds),
    perSecondMax: Math.max(...speeds),
  }
}

/** Pairs the repetitions before taking the middle, for neighbours in time share the noise. */
function ratioOf(speeds: readonly number[], others: readonly number[]): number {
  return median(speeds.map((speed, index) => speed / (others[index] ?? Number.NaN)))
}

if (import.meta.main) printTable(await run())
