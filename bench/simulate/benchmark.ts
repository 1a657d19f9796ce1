import marketplace from '../../examples/marketplace/simulation.ts'
import { expectShortLives } from '../../src/adapters/node/hold-memory.ts'
import { settleImmediately } from '../../src/adapters/node/settle.ts'
import { builtInJudges } from '../../src/simulate/invariants/built-in.ts'
import type { JudgeMaker } from '../../src/simulate/invariants/judge.ts'
import { type Scenario, scenario } from '../../src/simulate/scenario.ts'
import { runWorld } from '../../src/simulate/world/world.ts'
import { countingScenario } from '../../test/simulate/counting-scenario.ts'
import { shopScenario } from '../../test/simulate/shop-scenario.ts'
import type { Bar, BenchCase, Benchmark, RunScope } from '../suite/benchmark.ts'

/** Worlds before the time is taken: what runs is compiled by then, as it is in any search of thousands. */
const warmUp = 300
const bytesPerMegabyte = 1_000_000

interface WorldsOptions {
  readonly name: string
  readonly scenario: Scenario
  readonly judges: readonly JudgeMaker[]
  readonly worlds: number
  readonly bars?: readonly Bar[]
}

/** How many worlds one thread runs in a second of processor time: other work on the machine hardly counts. */
function worldsOf({ name, scenario, judges, worlds, bars = [] }: WorldsOptions): BenchCase {
  return {
    name,
    unit: 'worlds/CPU s',
    bars,
    async run({ quick }: RunScope) {
      // As the threads of `dure simulate` do.
      expectShortLives()
      const run = (seed: number): ReturnType<typeof runWorld> =>
        runWorld({ scenario, world: { seed }, settle: settleImmediately, judges })
      const count = quick ? 20 : worlds
      for (let seed = 1; seed <= (quick ? 5 : warmUp); seed += 1) await run(seed)
      const sum = { steps: 0, commits: 0, handled: 0, violated: 0 }
      globalThis.gc?.()
      const heapBefore = process.memoryUsage().heapUsed
      const startedAt = processorSeconds()
      for (let seed = 1; seed <= count; seed += 1) {
        const { steps, commits, messages, operations, end } = await run(seed)
        sum.steps += steps
        sum.commits += commits
        sum.handled += messages + operations.ok + operations.rejected
        sum.violated += end === 'rest' ? 0 : 1
      }
      const seconds = processorSeconds() - startedAt
      globalThis.gc?.()
      const grown = (process.memoryUsage().heapUsed - heapBefore) / bytesPerMegabyte
      const facts = {
        'steps/CPU s': sum.steps / seconds,
        'commits a world': sum.commits / count,
        'commands and messages/CPU s': sum.handled / seconds,
        'MB that the heap has grown': grown,
        violated: sum.violated,
      }
      return { value: count / seconds, facts }
    },
  }
}

/** The same worlds without judges and with them. */
function judgedOrNot({
  name,
  atLeast,
  ...worlds
}: Omit<WorldsOptions, 'judges' | 'bars'> & { readonly atLeast: number }): readonly BenchCase[] {
  const unjudged = `${name}, unjudged`
  const bars: readonly Bar[] = [
    { measure: 'value', atLeast },
    // Judges may cost 30 % of what a world costs without them.
    { measure: 'value', against: unjudged, atLeast: 0.77 },
  ]
  return [
    worldsOf({ ...worlds, name: unjudged, judges: [] }),
    worldsOf({ ...worlds, name, judges: builtInJudges, bars }),
  ]
}

/** One world with much to do: what a command or a message costs where many are handled together. */
const busy: BenchCase = {
  name: 'busy world',
  unit: 'commands and messages/CPU s',
  bars: [{ measure: 'value', atLeast: 30_000 }],
  async run({ quick }) {
    expectShortLives()
    const { name, ...counting } = countingScenario()
    const crowd = { count: quick ? 500 : 6_000, clients: 128, faultsMs: 2_000 }
    const busyScenario = scenario(name, { ...counting, ...crowd })
    const worlds = quick ? 1 : 6
    const run = (seed: number): ReturnType<typeof runWorld> =>
      runWorld({
        scenario: busyScenario,
        world: { seed },
        settle: settleImmediately,
        judges: builtInJudges,
      })
    for (let seed = 1; seed <= (quick ? 1 : 3); seed += 1) await run(seed)
    let handled = 0
    const startedAt = processorSeconds()
    for (let seed = 1; seed <= worlds; seed += 1) {
      const { messages, operations } = await run(seed)
      handled += messages + operations.ok + operations.rejected
    }
    return { value: handled / (processorSeconds() - startedAt), facts: { worlds } }
  },
}

/** What no world can be quicker than: turns of the event loop in which nothing is done. */
const turns: BenchCase = {
  name: 'turns in which nothing is done',
  unit: 'turns/CPU s',
  async run({ quick }) {
    const count = quick ? 10_000 : 500_000
    const startedAt = processorSeconds()
    for (let turn = 0; turn < count; turn += 1) await settleImmediately()
    return { value: count / (processorSeconds() - startedAt) }
  },
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

/** Worlds of the simulator, one thread: the shop of the tests, and the marketplace. */
export const simulateBenchmark: Benchmark = {
  name: 'simulate',
  cases: [
    turns,
    busy,
    ...judgedOrNot({ name: 'shop', scenario: shopScenario, worlds: 300, atLeast: 100 }),
    ...judgedOrNot({ name: 'marketplace', scenario: marketplace, worlds: 150, atLeast: 30 }),
  ],
}
