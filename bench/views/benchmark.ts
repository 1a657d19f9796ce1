import assert from 'node:assert/strict'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { itemOf, reserve } from '../commands/commands.ts'
import { startBenchServer } from '../postgres/server.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { openSystem } from '../systems/open-system.ts'
import { followedWarehouse, warehouse } from '../systems/warehouse.ts'

const adapters = ['sqlite', 'postgres'] as const
type Adapter = (typeof adapters)[number]

/** Events of ten streams in ten that a view catches up with, and commands that it costs something. */
const events = 100_000
const commands = 40_000
const eventsPerStream = 10
const concurrency = 128
const quickShare = 0.05
const warmUpShare = 0.2
const lookMs = 50

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

const scaled = (count: number, { quick }: RunScope): number => count * (quick ? quickShare : 1)

const run = (running: RunningSystem) => (index: number) =>
  reserve(running, itemOf('new streams', Math.floor(index / eventsPerStream)), { index })

async function lagOf(running: RunningSystem): Promise<number> {
  const [service] = (await running.status()).services
  return service?.views[0]?.lag ?? assert.fail('There is no view.')
}

function catchUp(adapter: Adapter): BenchCase {
  return {
    name: `caught up from the log, ${adapter}`,
    unit: 'events/s',
    bars: [{ measure: 'value', atLeast: 30_000 }],
    async run(scope): Promise<Sample> {
      const count = scaled(events, scope)
      await using opened = await openStores(adapter, scope)
      const { stores, analyze } = opened
      {
        await using filling = await openSystem(warehouse({ hasView: false }), { stores })
        await drive({ concurrency, count, run: run(filling.running) })
      }
      await analyze()
      const begun = performance.now()
      await using followed = await openSystem(followedWarehouse(), { stores })
      while ((await lagOf(followed.running)) > 0)
        await new Promise((resolve) => setTimeout(resolve, lookMs))
      return { value: (count * 1_000) / (performance.now() - begun) }
    },
  }
}

const withoutView = (adapter: Adapter): string => `commands without a view, ${adapter}`

function commanded(adapter: Adapter, isFollowed: boolean): BenchCase {
  return {
    name: isFollowed ? `commands that a view follows, ${adapter}` : withoutView(adapter),
    unit: 'commands/s',
    bars: isFollowed ? [{ measure: 'value', against: withoutView(adapter), atLeast: 0.65 }] : [],
    async run(scope) {
      const count = scaled(commands, scope)
      const warmUp = Math.ceil(count * warmUpShare)
      await using opened = await openStores(adapter, scope)
      const system = isFollowed ? followedWarehouse() : warehouse({ hasView: false })
      await using running = await openSystem(system, opened)
      const command = run(running.running)
      await drive({ concurrency, count: warmUp, run: command })
      await opened.analyze()
      const sample = await drive({
        concurrency,
        count,
        run: (index) => command(warmUp + index),
      })
      const facts = { 'CPU µs a command': sample.cpuMicrosecondsEach }
      if (!isFollowed) return { ...sample, facts }
      return { ...sample, facts: { ...facts, 'events behind': await lagOf(running.running) } }
    },
  }
}

/** What a view that follows the log of its service can take, and what it takes from commands. */
export const viewsBenchmark: Benchmark = {
  name: 'views',
  cases: adapters.flatMap((adapter) => [
    catchUp(adapter),
    commanded(adapter, false),
    commanded(adapter, true),
  ]),
}
