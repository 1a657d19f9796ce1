import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { openMarket, stockUp } from '../systems/shopper.ts'
import { untilIdle } from '../systems/until-idle.ts'

const checkouts = 100_000
const quickCheckouts = 2_000
const concurrency = 64
/** After this share of the checkouts every cache is full: what comes on top of it would be a leak. */
const settledShare = 0.2
const restMs = 2_000
const bytesPerMegabyte = 1_000_000

/** Eight services with goods on the shelves and nothing to do. */
const atRest: BenchCase = {
  name: 'at rest',
  unit: 'MB resident',
  bars: [{ measure: 'value', atMost: 200 }],
  async run({ folder }) {
    await using market = await openMarket(folder)
    await stockUp(market)
    return { value: await restingMegabytes() }
  },
}

/** The same process after very many checkouts. */
const afterCheckouts: BenchCase = {
  name: 'after the checkouts',
  unit: 'MB resident',
  keeps: 'grown',
  once: true,
  async run(scope) {
    await using market = await openMarket(scope.folder)
    await stockUp(market)
    const count = countOf(scope)
    const settled = Math.floor(count * settledShare)
    const shop = async (index: number): Promise<void> => {
      await market.fillCart(index)
      await market.checkOut(index)
    }
    const early = await drive({ concurrency, count: settled, run: shop })
    await untilIdle(market.running)
    const settledMegabytes = await restingMegabytes()
    const run = (index: number): Promise<void> => shop(index + settled)
    const late = await drive({ concurrency, count: count - settled, run })
    await untilIdle(market.running)
    const value = await restingMegabytes()
    const { heapUsed, heapTotal, external } = process.memoryUsage()
    const facts = {
      checkouts: count,
      'MB after a fifth': settledMegabytes,
      'MB in use of the heap': heapUsed / bytesPerMegabyte,
      'MB of the heap': heapTotal / bytesPerMegabyte,
      'MB of buffers': external / bytesPerMegabyte,
      'checkouts/s in the first fifth': early.value,
      'checkouts/s after it': late.value,
    }
    return { value, facts }
  },
}

/** From the start of the process to a system that takes commands. */
function startOn(name: string, isGrown: boolean, bars: BenchCase['bars'] = []): BenchCase {
  return {
    name,
    unit: 'ms',
    bars,
    ...(isGrown ? { keeps: 'grown' } : {}),
    async run({ folder }): Promise<Sample> {
      await using market = await openMarket(folder)
      const value = performance.now()
      await untilIdle(market.running)
      return { value }
    },
  }
}

function countOf({ quick }: RunScope): number {
  return quick ? quickCheckouts : checkouts
}

/** What the process holds when nothing is left that could be collected. */
async function restingMegabytes(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, restMs))
  globalThis.gc?.()
  return process.memoryUsage.rss() / bytesPerMegabyte
}

/** What the eight services of the marketplace need in one process. */
export const memoryBenchmark: Benchmark = {
  name: 'memory',
  cases: [
    atRest,
    afterCheckouts,
    startOn('start on an empty store', false),
    startOn('start on the grown store', true, [
      { measure: 'value', atMost: 3_000 },
      { measure: 'value', against: 'start on an empty store' },
    ]),
  ],
}
