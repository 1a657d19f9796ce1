// What a batch has shown: passed only when it could have failed.
import type { FaultName } from '../faults/catalogue.ts'
import type { Scenario } from '../scenario.ts'
import { isEnough } from './batch.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import type { BatchTally } from './tally.ts'
import { nameCase } from './world-case.ts'

/**
 * - `passed`: nothing was found, in worlds in which something could have been.
 * - `failed`: an invariant did not hold, or a `sometimes` was never reached.
 * - `invalid`: nothing was found, and nothing could have been.
 * - `broken`: a world was not the same when it was run again, so that nothing can be said.
 */
export type Verdict = 'passed' | 'failed' | 'invalid' | 'broken'

export interface BatchReport extends Omit<BatchTally, 'marks'> {
  readonly scenario: string
  readonly verdict: Verdict
  /** Why it has not passed, in sentences. */
  readonly reasons: readonly string[]
  /** The `sometimes` that no world reached. */
  readonly neverReached: readonly string[]
  readonly coverage: Coverage
}

export interface ReportRequest {
  readonly scenario: Scenario
  readonly tally: BatchTally
  /** Whether one world was run again: it is not asked what a batch is asked. */
  readonly isReplay?: boolean
  /** How many worlds should have been run; not said where time decides. */
  readonly planned?: number | undefined
}

/** Of the worlds that were given faults, at least this share must have been hit by one. */
export const hitShareMin = 0.2
/** Of the operations whose end is known, at most this share may have failed. */
export const failedShareMax = 0.9

/** Says what a tally means. */
export function reportOn({
  scenario,
  tally,
  isReplay = false,
  planned,
}: ReportRequest): BatchReport {
  const neverReached = isReplay ? [] : findNeverReached(scenario, tally)
  const broken = tally.unsteady.map(
    ({ world, hashes }) =>
      `Seed ${nameCase(world)} gave two different runs (${hashes.join(' and ')}). The code does not depend on the seed alone: look for a clock, for chance, or for adapters that remember former worlds; give "system" as a function then.`,
  )
  const failed = [
    ...tally.violations.map(
      ({ invariant, world, text, worlds }) =>
        `"${invariant}" does not hold in seed ${nameCase(world)}${worlds > 1 ? ` and ${worlds - 1} others` : ''}: ${text}`,
    ),
    ...neverReached.map((name) => `No world has reached "${name}".`),
  ]
  const invalid = isReplay ? [] : findEmptiness(scenario, tally)
  const found = { broken, failed: tally.violated > 0 ? failed : [], invalid }
  const verdict = firstFound(found) ?? (failed.length > 0 ? 'failed' : 'passed')
  const reasons = [
    ...broken,
    ...(verdict === 'invalid' ? invalid : []),
    ...failed,
    ...(isReplay ? [] : findEarlyEnd(tally, planned)),
  ]
  const { marks, ...counted } = tally
  const coverage = coverageOf(scenario, marks)
  return { ...counted, scenario: scenario.name, verdict, reasons, neverReached, coverage }
}

/** Why less was run than was asked for. */
function findEarlyEnd(tally: BatchTally, planned: number | undefined): readonly string[] {
  const { worlds, unsteady, violated } = tally
  if (!isEnough(tally) || worlds === planned) return []
  const share = planned === undefined ? `${worlds}` : `${worlds} of ${planned}`
  const cause =
    unsteady.length > 0 ? 'one was not the same twice' : `${violated} broke an invariant`
  return [`It ended early, after ${share} worlds, as ${cause}: more would tell nothing more.`]
}

function firstFound(
  found: Readonly<Record<'broken' | 'failed' | 'invalid', readonly string[]>>,
): Verdict | undefined {
  if (found.broken.length > 0) return 'broken'
  if (found.failed.length > 0) return 'failed'
  return found.invalid.length > 0 ? 'invalid' : undefined
}

function findNeverReached({ invariants = [] }: Scenario, { reached }: BatchTally): string[] {
  return invariants
    .filter(({ kind, name }) => kind === 'sometimes' && !reached[name])
    .map(({ name }) => name)
}

/** Why nothing could have been found. */
function findEmptiness({ faults }: Scenario, tally: BatchTally): readonly string[] {
  const { ok, rejected, failed, unknown } = tally.operations
  const operations = ok + rejected + failed + unknown
  const lost = failed + unknown
  if (tally.worlds === 0) return ['No world was run.']
  const reasons: string[] = []
  if (!isHit(faults, tally))
    reasons.push(
      `Faults were asked for and did not strike: ${tally.hit} of ${tally.worlds} worlds were hit. Run more seeds, or ask for other faults.`,
    )
  if (operations === 0) reasons.push('Nothing was asked of the system: no action sent anything.')
  else if (ok === 0 || lost > operations * failedShareMax)
    reasons.push(
      `Nearly nothing succeeded: ${lost} of ${operations} operations failed, ${rejected} were rejected. Look at what "prepare" and the actions send.`,
    )
  if (tally.atRest === 0) reasons.push('No world came to rest.')
  return reasons
}

function isHit(faults: readonly FaultName[] | undefined, { hit, faulted }: BatchTally): boolean {
  if (faults?.length === 0) return true
  return hit > 0 && hit >= faulted * hitShareMin
}
