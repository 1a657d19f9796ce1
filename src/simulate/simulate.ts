// The simulator as a test sees it: one call, which throws when something was found.
import { armAmbientTrap } from '../adapters/node/ambient-trap.ts'
import { settleImmediately } from '../adapters/node/settle.ts'
import { DureError } from '../language/errors.ts'
import { defaultJudges } from './default-judges.ts'
import type { FaultName } from './faults/catalogue.ts'
import type { Scenario } from './scenario.ts'
import { runBatch, seedsFrom } from './search/batch.ts'
import { type BatchReport, reportOn } from './search/report.ts'
import { renderReplay } from './search/world-case.ts'

export interface SimulateOptions {
  /** How many worlds are run; 100 without it. */
  readonly seeds?: number
  /** The first seed; 1 without it. */
  readonly from?: number
  /** Runs this seed alone, again. */
  readonly seed?: number
  /** The faults that may be; those of the scenario without it. None: `[]`. */
  readonly faults?: readonly FaultName[]
}

export const seedsDefault = 100

/**
 * Runs a scenario in many worlds and gives what was seen in them.
 *
 * The same code, scenario and options give the same report. It runs in this thread.
 *
 * @throws `SIMULATE_VIOLATED` when an invariant does not hold, or no world reaches a `sometimes`; the message has the
 *   invariant, the seed and the command that replays it.
 * @throws `SIMULATE_INVALID` when nothing was found because nothing could have been: no fault struck, or nearly no
 *   operation succeeded.
 * @throws `SIMULATE_UNSTEADY` when a world was not the same when it was run again.
 */
export async function simulate(
  scenario: Scenario,
  options: SimulateOptions = {},
): Promise<BatchReport> {
  const { seeds = seedsDefault, from = 1, seed, faults } = options
  for (const [name, value] of Object.entries({ seeds, from, seed })) assertWhole(name, value)
  const isReplay = seed !== undefined
  const subject = faults ? { ...scenario, faults } : scenario
  using trap = armAmbientTrap()
  const tally = await runBatch({
    scenario: subject,
    worlds: isReplay ? seedsFrom(seed, 1) : seedsFrom(from, seeds),
    settle: settleImmediately,
    judges: defaultJudges,
    trap,
  })
  const report = reportOn({ scenario: subject, tally, isReplay, planned: seeds })
  if (report.verdict === 'passed') return report
  throw errorOf(report, faults)
}

function assertWhole(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return
  throw new DureError('SIMULATE_INVALID', `"${name}" is ${value}: give a whole number above 0.`)
}

const codes = {
  failed: 'SIMULATE_VIOLATED',
  invalid: 'SIMULATE_INVALID',
  broken: 'SIMULATE_UNSTEADY',
} as const

function errorOf(report: BatchReport, faults: readonly FaultName[] | undefined): DureError {
  const { scenario, verdict, reasons, worlds, violated } = report
  const world = (report.unsteady[0] ?? report.violations[0])?.world
  const found = violated > 0 ? `, ${violated} of them broke an invariant` : ''
  const lines = [`Scenario "${scenario}", ${worlds} worlds${found}.`, ...reasons]
  if (world) {
    const command = renderReplay({ scenario, world, faults })
    lines.push(`Replay it: ${command} (in a test: simulate(..., { seed: ${world.seed} })).`)
  }
  return new DureError(codes[verdict === 'passed' ? 'failed' : verdict], lines.join('\n'), {
    details: { scenario, worlds, violated, ...(world && { seed: world.seed }) },
  })
}
