import assert from 'node:assert/strict'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import type { Bar, BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { reserve } from '../commands/commands.ts'
import { recordCommits } from '../commands/record-commits.ts'
import { type DriveSample, drive } from '../systems/drive.ts'
import { openSystem } from '../systems/open-system.ts'
import { warehouse } from '../systems/warehouse.ts'
import { openByHand } from './by-hand.ts'
import { openEmmett } from './emmett.ts'
import { startBenchServer } from './server.ts'

const unit = 'commands/s'
const cpuFact = 'CPU µs a command'
const quickShare = 0.1
const warmUpShare = 0.2
/** Events that a stream gets, one by one, before the next one begins. */
const eventsPerStream = 10
/** Commands of a case, by how many are under way at once: a few seconds each. */
const counts = new Map([
  [1, 2_000],
  [32, 20_000],
  [128, 40_000],
])
/** Emmett is not given as many: it would take minutes. */
const emmettShare = 0.2

function countOf(together: number, { quick }: RunScope, share = 1): number {
  return Math.ceil((counts.get(together) ?? 0) * share * (quick ? quickShare : 1))
}

/** Hands out streams of ten events. Nothing that is under way shares its stream with another. */
function createLanes(together: number): <T>(work: (item: string) => Promise<T>) => Promise<T> {
  const free = Array.from({ length: together }, (_, lane) => ({ lane, events: 0 }))
  return async (work) => {
    const own = free.pop()
    assert.ok(own, 'more is under way than was said')
    const item = `${own.lane}-${Math.floor(own.events / eventsPerStream)}`
    const answer = await work(item)
    own.events += 1
    free.push(own)
    return answer
  }
}

function withFacts(sample: DriveSample, facts: Readonly<Record<string, number>> = {}): Sample {
  return { ...sample, facts: { [cpuFact]: sample.cpuMicrosecondsEach, ...facts } }
}

/** Runs the first commands to warm up, looks at the tables, and measures the others. */
async function measure(
  together: number,
  { count, analyze }: { readonly count: number; readonly analyze: () => Promise<void> },
  run: (index: number) => Promise<unknown>,
): Promise<DriveSample> {
  const warmUp = Math.ceil(count * warmUpShare)
  await drive({ concurrency: together, count: warmUp, run })
  await analyze()
  return drive({ concurrency: together, count, run: (index) => run(warmUp + index) })
}

const bareInsert: BenchCase = {
  name: 'one durable insert',
  unit: 'inserts/s',
  async run(scope) {
    const count = countOf(1, scope)
    const [commit] = await recordCommits({ pattern: 'new streams', hasView: false, count: 1 })
    const entry = commit?.entries?.[0]
    assert.ok(entry)
    await using server = await startBenchServer()
    await using hand = await openByHand(server)
    const run = (index: number): Promise<void> =>
      hand.insert({ ...entry, stream: `item/${index}`, key: String(index) })
    return withFacts(await measure(1, { count, analyze: server.analyze }, run))
  },
}

function byHand(together: number): BenchCase {
  return {
    name: `by hand, ${together} a statement`,
    unit,
    async run(scope) {
      const groups = Math.ceil(countOf(together, scope) / together)
      const total = Math.ceil(groups * (1 + warmUpShare) + 1) * together
      const commits = await recordCommits({ pattern: 'new streams', hasView: false, count: total })
      globalThis.gc?.()
      await using server = await startBenchServer()
      await using hand = await openByHand(server)
      const write = (index: number): Promise<void> =>
        hand.write(commits.slice(index * together, (index + 1) * together))
      const sample = await measure(1, { count: groups, analyze: server.analyze }, write)
      return { ...sample, value: sample.value * together }
    },
  }
}

function throughRuntime(together: number): BenchCase {
  return {
    name: `dure, ${together} at once`,
    unit,
    bars: barsOf(together),
    async run(scope) {
      const count = countOf(together, scope)
      await using server = await startBenchServer()
      const stores = postgresStores({ url: server.url })
      await using opened = await openSystem(warehouse({ hasView: false }), { stores })
      const { running } = opened
      const inLane = createLanes(together)
      const run = (index: number): Promise<unknown> =>
        inLane((item) => reserve(running, item, { index }))
      const sample = await measure(together, { count, analyze: server.analyze }, run)
      const [status] = (await running.status()).services
      assert.ok(status)
      const perGroup = status.commits / status.groups
      return withFacts(sample, { 'commits a group': perGroup })
    },
  }
}

function throughEmmett(together: number): BenchCase {
  return {
    name: `emmett, ${together} at once`,
    unit,
    async run(scope) {
      const count = countOf(together, scope, emmettShare)
      await using server = await startBenchServer()
      await using shop = await openEmmett(server)
      const inLane = createLanes(together)
      const run = (index: number): Promise<void> => inLane((item) => shop.reserve(item, index))
      return withFacts(await measure(together, { count, analyze: server.analyze }, run))
    },
  }
}

const timesEmmett = new Map([
  [1, 1.8],
  [32, 2.5],
  [128, 6],
])

function barsOf(together: number): readonly Bar[] {
  const measure = 'value'
  const beside = {
    measure,
    against: throughEmmett(together).name,
    atLeast: timesEmmett.get(together) ?? 1,
  } as const
  if (together === 1) return [beside, { measure: 'p50Ms', against: bareInsert.name, atMost: 1.3 }]
  if (together < 128) return [beside]
  return [beside, { measure, against: byHand(together).name, atLeast: 0.5 }]
}

/** What a durable command costs on Postgres through the runtime. */
export const postgresBenchmark: Benchmark = {
  name: 'postgres',
  cases: [
    bareInsert,
    byHand(128),
    ...[...counts.keys()].flatMap((together) => [
      throughRuntime(together),
      throughEmmett(together),
    ]),
  ],
}
