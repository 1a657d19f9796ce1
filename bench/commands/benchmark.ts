import assert from 'node:assert/strict'
import type { Commit } from '../../src/log/store.port.ts'
import type { Bar, BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { openSystem } from '../systems/open-system.ts'
import { warehouse } from '../systems/warehouse.ts'
import { openByHand } from './by-hand.ts'
import { itemOf, type Pattern, reserve } from './commands.ts'
import { recordCommits } from './record-commits.ts'

const unit = 'commands/s'
const cpuFact = 'CPU µs a command'
/** Commands of a case, by how many are under way at once: a few seconds each. */
const counts = new Map([
  [1, 3_000],
  [32, 30_000],
  [128, 60_000],
])
const quickShare = 0.1
const warmUpShare = 0.2

/** What commands are about. */
interface Shape {
  readonly pattern: Pattern
  readonly hasView: boolean
}

const shapes: readonly Shape[] = [
  { pattern: 'new streams', hasView: false },
  { pattern: 'ten streams', hasView: false },
  { pattern: 'new streams', hasView: true },
  { pattern: 'ten streams', hasView: true },
]

function nameOf(how: string, { pattern, hasView }: Shape): string {
  return `${how}, ${pattern}${hasView ? ', a view' : ''}`
}

function countOf(together: number, { quick }: RunScope): number {
  return Math.ceil((counts.get(together) ?? 0) * (quick ? quickShare : 1))
}

/** The rows of the commands, written by hand in transactions of `together` commands. */
function byHand(together: number, shape: Shape): BenchCase {
  return {
    name: nameOf(`by hand, ${together} a transaction`, shape),
    unit,
    async run(scope) {
      const count = countOf(together, scope)
      const commits = await recordCommits({ ...shape, count: count * (1 + warmUpShare) })
      globalThis.gc?.()
      using hand = openByHand(scope.folder)
      return await driveGroups(groupsOf(commits, together), count / together, (group) =>
        hand.write(group),
      )
    },
  }
}

const bareInsert: BenchCase = {
  name: 'one durable insert',
  unit: 'inserts/s',
  async run(scope) {
    const count = countOf(1, scope)
    const shape = { pattern: 'new streams', hasView: false } as const
    const commits = await recordCommits({ ...shape, count: count * (1 + warmUpShare) })
    using hand = openByHand(scope.folder)
    return await driveGroups(groupsOf(commits, 1), count, ([commit]) => {
      const entry = commit?.entries?.[0]
      assert.ok(entry)
      hand.insert(entry)
    })
  },
}

function groupsOf(commits: readonly Commit[], size: number): readonly (readonly Commit[])[] {
  return Array.from({ length: Math.ceil(commits.length / size) }, (_, index) =>
    commits.slice(index * size, (index + 1) * size),
  )
}

/** Writes the first groups to warm up, and measures the last `count`. */
async function driveGroups(
  groups: readonly (readonly Commit[])[],
  count: number,
  write: (group: readonly Commit[]) => void,
): Promise<Sample> {
  const measured = groups.slice(-Math.ceil(count))
  for (const group of groups.slice(0, -measured.length)) write(group)
  const run = async (index: number): Promise<void> => write(measured[index] ?? [])
  const sample = await drive({ concurrency: 1, count: measured.length, run })
  const commits = measured.reduce((sum, group) => sum + group.length, 0)
  const share = measured.length / commits
  return {
    ...sample,
    value: sample.value / share,
    facts: { [cpuFact]: sample.cpuMicrosecondsEach * share },
  }
}

/** The same commands through the runtime. */
function throughRuntime(concurrency: number, shape: Shape): BenchCase {
  return {
    name: nameOf(`dure, ${concurrency} at once`, shape),
    unit,
    bars: barsOf(concurrency, shape),
    async run(scope) {
      const count = countOf(concurrency, scope)
      const warmUp = count * warmUpShare
      await using opened = await openSystem(warehouse(shape), scope)
      const { running } = opened
      const run = (index: number): Promise<unknown> =>
        reserve(running, itemOf(shape.pattern, index), { index })
      await drive({ concurrency, count: warmUp, run })
      const before = (await running.status()).services[0]
      const sample = await drive({ concurrency, count, run: (index) => run(index + warmUp) })
      const after = (await running.status()).services[0]
      assert.ok(before && after)
      const groups = after.groups - before.groups
      const perGroup = (after.commits - before.commits) / groups
      const facts = { [cpuFact]: sample.cpuMicrosecondsEach, 'commits a group': perGroup }
      return { ...sample, facts }
    },
  }
}

function barsOf(concurrency: number, shape: Shape): readonly Bar[] {
  if (concurrency === 128) {
    const measure = 'value'
    return [
      { measure, against: nameOf('by hand, 1 a transaction', shape), atLeast: 5 },
      { measure, against: nameOf('by hand, 128 a transaction', shape), atLeast: 0.35 },
      { measure, atLeast: 30_000 },
    ]
  }
  if (concurrency > 1 || shape.hasView) return []
  return [{ measure: 'p50Ms', against: bareInsert.name, atMost: 1.5 }]
}

function casesOf(shape: Shape): readonly BenchCase[] {
  return [
    byHand(1, shape),
    byHand(128, shape),
    ...[...counts.keys()].map((concurrency) => throughRuntime(concurrency, shape)),
  ]
}

/** What a durable command costs through the runtime, beside the same rows written by hand. */
export const commandsBenchmark: Benchmark = {
  name: 'commands',
  cases: [bareInsert, ...shapes.flatMap(casesOf)],
}
