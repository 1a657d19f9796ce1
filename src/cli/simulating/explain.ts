// What is told of one world.
import { armAmbientTrap } from '../../adapters/node/ambient-trap.ts'
import { settleImmediately } from '../../adapters/node/settle.ts'
import { defaultJudges } from '../../simulate/default-judges.ts'
import type { Scenario, WorldCase } from '../../simulate/index.ts'
import { renderReplay } from '../../simulate/search/world-case.ts'
import type { WorldResult } from '../../simulate/world/world-result.ts'
import { runWorld } from '../../simulate/world/world.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../terminal.ts'
import type { SimulateFlags } from './simulate-options.ts'

export interface ExplainRequest {
  readonly file: string
  readonly scenario: Scenario
  readonly flags: SimulateFlags
}

/** Runs one world again and tells its story. Sets the exit code. */
export async function replay(request: ExplainRequest, world: WorldCase): Promise<void> {
  const { scenario, flags } = request
  const { until } = flags
  using trap = armAmbientTrap()
  const result = await runWorld({
    scenario,
    world,
    settle: settleImmediately,
    judges: defaultJudges,
    trap,
    isTold: true,
    ...(until !== undefined && { untilStep: until }),
  })
  if (flags.json) print(JSON.stringify({ ...result, replay: replayOf(request, world) }))
  else print(renderResult(scenario.name, result))
  if (result.end === 'violated') process.exitCode = exitCodes.failed.code
}

/** Tells of a world that a search has found. */
export async function explain(request: ExplainRequest, world: WorldCase): Promise<void> {
  if (!request.flags.json) await replay(request, world)
}

export function replayOf({ file, scenario, flags }: ExplainRequest, world: WorldCase): string {
  return renderReplay({ scenario: scenario.name, world, faults: flags.faults, file })
}

function renderResult(scenario: string, result: WorldResult): string {
  const { happenings, violations, world, hash, steps } = result
  return [
    `${scenario}, ${JSON.stringify(world)}: ${result.end} after ${steps} steps, hash ${hash}.`,
    ...happenings.map(
      ({ step, atMs, from, to, text }) =>
        `${String(step).padStart(6)} ${(atMs / 1_000).toFixed(3).padStart(10)} s  ${from}${to === undefined ? '' : ` -> ${to}`}: ${text}`,
    ),
    ...violations.map(({ invariant, text }) => `"${invariant}" does not hold: ${text}`),
  ].join('\n')
}
