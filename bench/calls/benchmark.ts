import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { Pool } from 'undici'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { createDirectory } from '../../src/calls/directory.ts'
import { openHost } from '../../src/cli/processes/open-host.ts'
import type { BenchCase, Benchmark, RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'
import { Warehouse, warehouse } from '../systems/warehouse.ts'
import { askedItem, bareAnswer, callsSecret } from './asked.ts'

/** Questions, by how many are under way at once. */
const counts = new Map([
  [1, 10_000],
  [32, 60_000],
  [128, 60_000],
])
const quickShare = 0.05
const warmUpShare = 0.2
const connections = 16
const unit = 'queries/s'

interface Other extends AsyncDisposable {
  readonly address: string
}

async function startOther(kind: 'bare' | 'host', folder: string): Promise<Other> {
  const child = fork(join(import.meta.dirname, 'child.ts'), [kind, folder], {
    execArgv: ['--conditions=dure-source', '--disable-warning=ExperimentalWarning'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    // Why the cast: only `child.ts` speaks here.
    child.once('message', (message) => resolve(message as string))
    child.once('exit', () => reject(new Error('The other process ended.')))
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await ended
    },
  }
}

async function measure(
  together: number,
  { quick }: RunScope,
  run: () => Promise<unknown>,
): Promise<Sample> {
  const count = Math.ceil((counts.get(together) ?? 0) * (quick ? quickShare : 1))
  await drive({ concurrency: together, count: Math.ceil(count * warmUpShare), run })
  const sample = await drive({ concurrency: together, count, run })
  return { ...sample, facts: { 'CPU µs a query, here': sample.cpuMicrosecondsEach } }
}

const bareName = (together: number): string => `a bare pool and server, ${together} at once`

function bare(together: number): BenchCase {
  return {
    name: bareName(together),
    unit,
    async run(scope) {
      await using other = await startOther('bare', scope.folder)
      const pool = new Pool(other.address, { connections })
      const body = JSON.stringify(Warehouse.item({ item: askedItem }))
      const sample = await measure(together, scope, async () => {
        const headers = { 'content-type': 'application/json' }
        const answer = await pool.request({ path: '/', method: 'POST', headers, body })
        assert.deepEqual(await answer.body.json(), bareAnswer)
      })
      await pool.close()
      return sample
    },
  }
}

function remote(together: number): BenchCase {
  return {
    name: `a query of another process, ${together} at once`,
    unit,
    bars: [{ measure: 'value', against: bareName(together), atLeast: 0.8 }],
    async run(scope) {
      await using other = await startOther('host', scope.folder)
      const clock = nodeClock()
      await using host = await openHost({
        system: warehouse({ hasView: false }),
        here: [],
        stores: memoryStores(),
        clock,
        directory: createDirectory({ warehouse: [other.address] }),
        peers: { secret: callsSecret },
        report: ({ message }) => console.error(message),
      })
      return await measure(together, scope, async () => {
        const answer = await host.running.query(Warehouse.item({ item: askedItem }))
        assert.deepEqual(answer, bareAnswer)
      })
    },
  }
}

/** What a question to a service in another process costs, on loopback. */
export const callsBenchmark: Benchmark = {
  name: 'calls',
  cases: [...counts.keys()].flatMap((together) => [bare(together), remote(together)]),
}
