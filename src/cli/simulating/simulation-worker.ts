// The work of one thread of `dure simulate`: it loads the scenario itself, and runs the worlds that it is given.
import { armAmbientTrap } from '../../adapters/node/ambient-trap.ts'
import { settleImmediately } from '../../adapters/node/settle.ts'
import { serveOrders } from '../../adapters/node/worker.ts'
import { defaultJudges } from '../../simulate/default-judges.ts'
import type { FaultName } from '../../simulate/index.ts'
import { type NumberedWorld, runBatch } from '../../simulate/search/batch.ts'
import type { KeptWorld } from '../../simulate/search/corpus.ts'
import type { BatchTally } from '../../simulate/search/tally.ts'
import { loadScenario, withFaults } from './load-scenario.ts'

export interface WorkerSetup {
  readonly path: string
  readonly scenario: string
  readonly faults: readonly FaultName[] | undefined
  /** Not 0 in its first place: no further world is begun. */
  readonly stop: Int32Array
  /** In its first place: how many worlds of its order the thread has ended. */
  readonly pulse: Int32Array
  /** Whether worlds that reached something new are told one by one. */
  readonly learns: boolean
}

export interface WorkerAnswer {
  readonly tally: BatchTally
  /** Worlds with marks that this thread had not seen before. */
  readonly found: readonly KeptWorld[]
}

serveOrders(async (given) => {
  // Why the cast: this is what `search.ts` starts the thread with.
  const setup = given as WorkerSetup
  const loaded = await loadScenario(setup.path, setup.scenario)
  const scenario = withFaults(loaded.scenario, setup.faults)
  const known = new Set<string>()
  return async (order) => {
    const found: KeptWorld[] = []
    Atomics.store(setup.pulse, 0, 0)
    using trap = armAmbientTrap()
    const tally = await runBatch({
      scenario,
      // Why the cast: the orders come from there too.
      worlds: order as readonly NumberedWorld[],
      settle: settleImmediately,
      judges: defaultJudges,
      trap,
      isOver: () => Atomics.load(setup.stop, 0) !== 0,
      onWorld({ world, marks }) {
        Atomics.add(setup.pulse, 0, 1)
        if (!setup.learns) return
        const fresh = marks.filter((mark) => !known.has(mark))
        for (const mark of fresh) known.add(mark)
        if (fresh.length > 0) found.push({ world, marks: fresh })
      },
    })
    return { tally, found } satisfies WorkerAnswer
  }
})
