import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Measured } from '../http/load.ts'
import { type BenchRow, type BenchTable, median, printTable } from '../http/table.ts'
import { measure } from './load.ts'
import { orderBody } from './shop.ts'

const repetitions = 3
const warmUpSeconds = 2
const seconds = 4

const place = {
  method: 'POST',
  path: '/services/orders/commands/place',
  body: orderBody('ORDER'),
} as const
const find = { method: 'GET', path: '/orders/ORDER' } as const
const constant = { method: 'POST', path: '/constant', body: orderBody('ORDER') } as const

/** What is measured: each at a server of its own process, the constant of the plain server first. */
const lanes = [
  { name: 'constant: node:http', server: 'node:http', load: constant },
  { name: 'constant: dure', server: 'dure, memory', load: constant },
  { name: 'command: dure, memory', server: 'dure, memory', load: place },
  { name: 'command: dure, SQLite', server: 'dure, SQLite', load: place },
  { name: 'query by key: dure, memory', server: 'dure, memory', load: find },
  { name: 'query by key: dure, SQLite', server: 'dure, SQLite', load: find },
] as const

const baseline = lanes[0].name

interface Child {
  readonly port: number
  readonly process: ChildProcess
}

/** Commands and queries over HTTP; the ratio is to a plain server that answers the same POST with a constant. */
export async function run(only = ''): Promise<BenchTable> {
  const chosen = lanes.filter(({ name }) => name === baseline || name.includes(only))
  const children = new Map<string, Child>()
  try {
    for (const { server } of chosen) {
      if (!children.has(server)) children.set(server, await startServer(server))
    }
    const results = await measureAll(chosen, (server) => children.get(server)?.port ?? 0)
    return {
      name: 'http-commands: requests per second, 64 connections',
      rows: chosen.map(({ name }) => rowOf(name, results)),
    }
  } finally {
    await Promise.all([...children.values()].map(stopServer))
  }
}

/** Measures the lanes in turn, and that several times: a noisy minute then touches all of them. */
async function measureAll(
  chosen: readonly (typeof lanes)[number][],
  portOf: (server: string) => number,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const results = new Map<string, Measured[]>()
  for (const { server, load } of chosen) {
    await measure({ ...load, port: portOf(server) }, warmUpSeconds)
  }
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const { name, server, load } of chosen) {
      const measured = await measure({ ...load, port: portOf(server) }, seconds)
      results.set(name, [...(results.get(name) ?? []), measured])
    }
  }
  return results
}

async function startServer(name: string): Promise<Child> {
  const child = fork(`${import.meta.dirname}/child.ts`, [name])
  const [port] = (await once(child, 'message')) as [number]
  return { port, process: child }
}

async function stopServer({ process }: Child): Promise<void> {
  const exited = once(process, 'exit')
  process.disconnect()
  await exited
}

/** Repetitions are paired before the middle is taken, for neighbours in time share the noise. */
function rowOf(name: string, results: ReadonlyMap<string, readonly Measured[]>): BenchRow {
  const measured = results.get(name) ?? []
  const speeds = measured.map(({ perSecond }) => perSecond)
  const others = results.get(baseline) ?? []
  return {
    name,
    perSecond: median(speeds),
    perSecondMin: Math.min(...speeds),
    perSecondMax: Math.max(...speeds),
    p50Ms: median(measured.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measured.map(({ p99Ms }) => p99Ms)),
    ratio: median(speeds.map((speed, index) => speed / (others[index]?.perSecond ?? Number.NaN))),
  }
}

if (import.meta.main) printTable(await run(process.argv[2]))
