import type { StatusReport } from '../../src/runtime/running-system.port.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { percentile } from '../suite/statistics.ts'
import { drive } from '../systems/drive.ts'
import { type CheckoutWay, type Market, openMarket, stockUp } from '../systems/shopper.ts'
import { untilIdle } from '../systems/until-idle.ts'

const unit = 'checkouts/s'
const counts = new Map([
  [1, 500],
  [32, 4_000],
  [128, 8_000],
])
const quickShare = 0.05
const warmUpShare = 0.2

interface ShoppersOptions {
  /** How the checkout is run. */
  readonly way?: CheckoutWay
  readonly bars?: BenchCase['bars']
}

/** Shoppers who fill a cart, check it out, and wait until all of it is done, again and again. */
function shoppers(
  concurrency: number,
  { way = 'orchestrated', bars = [] }: ShoppersOptions = {},
): BenchCase {
  const name = concurrency === 1 ? 'one shopper' : `${concurrency} shoppers`
  return {
    name: way === 'orchestrated' ? name : `${name}, ${way}`,
    unit,
    bars,
    async run(scope) {
      await using market = await openMarket(scope.folder, way)
      await stockUp(market)
      return await measure(market, concurrency, scope)
    },
  }
}

async function measure(market: Market, concurrency: number, scope: RunScope): Promise<Sample> {
  const count = Math.ceil((counts.get(concurrency) ?? 0) * (scope.quick ? quickShare : 1))
  const warmUp = Math.ceil(count * warmUpShare)
  const latencies: number[] = []
  const shop = async (index: number): Promise<void> => {
    await market.fillCart(index)
    const begun = performance.now()
    await market.checkOut(index)
    latencies.push(performance.now() - begun)
  }
  await drive({ concurrency, count: warmUp, run: shop })
  await untilIdle(market.running)
  latencies.length = 0
  const before = { status: await market.running.status(), messages: market.messages() }
  const { value, cpuMicrosecondsEach } = await drive({
    concurrency,
    count,
    run: (index) => shop(index + warmUp),
  })
  await untilIdle(market.running)
  const after = { status: await market.running.status(), messages: market.messages() }
  return {
    value,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    facts: { ...costs(before, after, count), 'CPU ms a checkout': cpuMicrosecondsEach / 1_000 },
  }
}

interface Counted {
  readonly status: StatusReport
  readonly messages: number
}

/** What one checkout costs, with the filling of its cart and the views that follow it. */
function costs(before: Counted, after: Counted, count: number): Record<string, number> {
  const grown = (name: 'commits' | 'groups' | 'position'): number =>
    (sum(after.status, name) - sum(before.status, name)) / count
  return {
    'messages a checkout': (after.messages - before.messages) / count,
    'commits a checkout': grown('commits'),
    'durable writes a checkout': grown('groups'),
    'log entries a checkout': grown('position'),
  }
}

function sum({ services }: StatusReport, name: 'commits' | 'groups' | 'position'): number {
  return services.reduce((total, service) => total + service[name], 0)
}

/** The marketplace taking checkouts of three lines, in one process. */
export const checkoutsBenchmark: Benchmark = {
  name: 'checkouts',
  cases: [
    shoppers(1, { bars: [{ measure: 'p50Ms', atMost: 15 }] }),
    shoppers(1, { way: 'choreographed' }),
    shoppers(1, { way: 'chain' }),
    shoppers(32),
    shoppers(128, { bars: [{ measure: 'value', atLeast: 500 }] }),
    shoppers(128, { way: 'choreographed' }),
    shoppers(128, { way: 'chain' }),
  ],
}
