import assert from 'node:assert/strict'
import { itemOf, reserve, warehouseCount } from '../commands/commands.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { openSystem } from '../systems/open-system.ts'
import { Warehouse, warehouse } from '../systems/warehouse.ts'

/** Commands that a store holds before anything is measured. */
const sizes = [100_000, 1_000_000] as const
const quickShare = 0.02
const eventsPerStream = 10
/** Events of the one long stream: half-way between two snapshots. */
const longStream = 100_050
const fillConcurrency = 512
const reads = 2_000

const system = warehouse({ hasView: true })

interface Grown {
  readonly running: RunningSystem
  readonly scope: RunScope
  /** Commands in the store. */
  readonly size: number
}

function scaled(number: number, { quick }: RunScope): number {
  return quick ? Math.ceil(number * quickShare) : number
}

const nameOf = (what: string, size: number): string =>
  `${what}, ${size.toLocaleString('en-US')} commands`

function fill(size: number): BenchCase {
  return {
    name: nameOf('fill', size),
    unit: 'commands/s',
    keeps: String(size),
    once: true,
    async run(scope) {
      await using opened = await openSystem(system, scope)
      const { running } = opened
      const concurrency = fillConcurrency
      const long = (index: number): Promise<unknown> => reserve(running, 'long', { index })
      await drive({ concurrency, count: scaled(longStream, scope), run: long })
      const count = scaled(size, scope)
      const run = (index: number): Promise<unknown> =>
        reserve(running, filledItem(index, count), { index, id: filledId(index) })
      return await drive({ concurrency, count, run })
    },
  }
}

const filledId = (index: number): string => `fill-${index}`

/** Streams in a scattered order, each with ten events. */
function filledItem(index: number, count: number): string {
  return itemOf('new streams', (index * 7_919) % (count / eventsPerStream))
}

/** Measures something on a store of a size, beside the same on the smaller one. */
function onGrown(
  what: string,
  unit: string,
  measure: (grown: Grown) => Promise<Sample>,
): readonly BenchCase[] {
  return sizes.map((size) => ({
    name: nameOf(what, size),
    unit,
    keeps: String(size),
    bars: size === sizes[0] ? [] : [{ measure: 'value', against: nameOf(what, sizes[0]) }],
    async run(scope) {
      const begun = performance.now()
      await using opened = await openSystem(system, scope)
      if (what === 'start') return { value: performance.now() - begun }
      return await measure({ ...opened, scope, size: scaled(size, scope) })
    },
  }))
}

async function commands({ running, scope, size }: Grown): Promise<Sample> {
  const run = (index: number): Promise<unknown> =>
    reserve(running, filledItem(index, size), { index })
  return drive({ concurrency: 128, count: scaled(50_000, scope), run })
}

/** A command id that was used before is answered as the first time. */
async function repeated({ running, scope, size }: Grown): Promise<Sample> {
  const run = async (index: number): Promise<void> => {
    const used = (index * 104_729) % size
    const item = filledItem(used, size)
    const { repeated } = await reserve(running, item, { index: used, id: filledId(used) })
    assert.ok(repeated)
  }
  return drive({ concurrency: 128, count: scaled(50_000, scope), run })
}

async function loadShort({ running, size }: Grown): Promise<Sample> {
  return drive({
    concurrency: 1,
    count: reads,
    run: (index) => loadItem(running, filledItem(index * 31, size)),
  })
}

async function loadLong({ running }: Grown): Promise<Sample> {
  return drive({ concurrency: 1, count: reads, run: () => loadItem(running, 'long') })
}

async function loadItem(running: RunningSystem, item: string): Promise<void> {
  const answer = await running.query(Warehouse.item({ item }))
  assert.ok(answer.ok)
}

async function findByIndex({ running }: Grown): Promise<Sample> {
  const run = async (index: number): Promise<void> => {
    const warehouse = `warehouse-${index % warehouseCount}`
    const answer = await running.query(Warehouse.inWarehouse({ warehouse }))
    assert.ok(answer.ok)
  }
  return drive({ concurrency: 1, count: reads, run })
}

/** What things cost when there is ten times as much of everything. */
export const growthBenchmark: Benchmark = {
  name: 'growth',
  cases: [
    ...sizes.map(fill),
    ...onGrown('start', 'ms', async () => ({ value: 0 })),
    ...onGrown('128 at once', 'commands/s', commands),
    ...onGrown('repeated ids', 'commands/s', repeated),
    ...onGrown('load a stream of 10', 'loads/s', loadShort),
    ...onGrown('load a stream of 100,000', 'loads/s', loadLong).map((measured, index) => ({
      ...measured,
      bars: [
        ...(measured.bars ?? []),
        { measure: 'p50Ms', against: nameOf('load a stream of 10', sizes[index] ?? 0) } as const,
      ],
    })),
    ...onGrown('find 20 by index', 'searches/s', findByIndex),
  ],
}
