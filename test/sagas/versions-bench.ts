import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryBroker } from '../../src/adapters/memory/broker.ts'
import { virtualClock } from '../../src/adapters/memory/clock.ts'
import { memoryStores } from '../../src/adapters/memory/store.ts'
import { sqliteStores } from '../../src/adapters/sqlite/index.ts'
import type { Saga } from '../../src/index.ts'
import type { StoreProvider } from '../../src/log/store.port.ts'
import type { RunningSystem } from '../../src/runtime/running-system.port.ts'
import { startSystem } from '../../src/runtime/start-system.ts'
import { Desk, type Style, workers } from './small-saga.ts'
import { orderSystem } from './two-versions.ts'

/** A system that is stopped and started with other plans, on the same stores. */
export interface VersionsBench extends AsyncDisposable {
  /** Steps that fail as long as they are in here. */
  readonly broken: Set<string>
  readonly running: RunningSystem
  /** Starts it, or stops it and starts it again. */
  start(plan: Saga): Promise<void>
  /** Begins an instance, and lets everything happen that can. */
  begin(id: string): Promise<void>
  settle(): Promise<void>
  /** Handles again what is parked. */
  redrive(): Promise<void>
  /** The status of an instance, its version, and the steps that it has done. */
  lookAt(id: string): Promise<readonly [string, number, string]>
}

export type StoreKind = 'memory' | 'sqlite'

/** Time that everything takes that happens by itself, in milliseconds; the deadlines are longer. */
const settleMs = 1_000

export async function openVersions(style: Style, kind: StoreKind): Promise<VersionsBench> {
  const clock = virtualClock()
  const folder = mkdtempSync(join(tmpdir(), 'dure-versions-'))
  const stores: StoreProvider =
    kind === 'memory' ? memoryStores() : sqliteStores({ folder, newId: () => clock.newId() })
  const broken = new Set<string>()
  let running: RunningSystem | undefined
  const bench: VersionsBench = {
    broken,
    get running() {
      if (!running) throw new RangeError('The system was not started.')
      return running
    },
    async start(plan) {
      await running?.stop()
      running = undefined
      const broker = memoryBroker({ clock })
      running = await startSystem(orderSystem(style, plan, broken), { stores, broker, clock })
      await bench.settle()
    },
    async begin(id) {
      await bench.running.execute(Desk.ask({ id, refused: [] }))
      await bench.settle()
    },
    settle: async () => clock.advance(settleMs),
    async redrive() {
      // What waits behind is handled with the first of its key.
      const parked = await bench.running.parked()
      const firsts = parked.filter(({ code }) => code !== 'PARKED_ORDER')
      for (const { id } of firsts) await bench.running.redrive(id)
      await bench.settle()
    },
    async lookAt(id) {
      const { state, moments } = await bench.running.saga('order', id)
      const done = moments.filter(({ what, type = '' }) => what === 'event' && isWork(type))
      const steps = new Set(done.map(({ step = '' }) => step.split('/', 1).join()))
      return [state.status, state.version, [...steps].toSorted().join()]
    },
    async [Symbol.asyncDispose]() {
      await running?.stop()
      rmSync(folder, { recursive: true })
    },
  }
  return bench
}

function isWork(type: string): boolean {
  return workers.some(({ Worked }) => Worked.type === type)
}
