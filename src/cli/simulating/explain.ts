// What is told of one world: its story, made small, drawn, and written as a test.
import { dirname, relative, resolve } from 'node:path'
import { armAmbientTrap } from '../../adapters/node/ambient-trap.ts'
import { settleImmediately } from '../../adapters/node/settle.ts'
import { DureError } from '../../language/errors.ts'
import { defaultJudges } from '../../simulate/default-judges.ts'
import { renderRegression } from '../../simulate/explain/render-regression.ts'
import { renderSequenceMermaid } from '../../simulate/explain/render-sequence-mermaid.ts'
import { renderSequenceSvg } from '../../simulate/explain/render-sequence-svg.ts'
import { renderStory } from '../../simulate/explain/render-story.ts'
import { shrink, type Shrunk } from '../../simulate/explain/shrink.ts'
import type { Scenario, WorldCase } from '../../simulate/index.ts'
import { renderReplay } from '../../simulate/search/world-case.ts'
import type { WorldResult } from '../../simulate/world/world-result.ts'
import { runWorld } from '../../simulate/world/world.ts'
import { exitCodes } from '../exit-codes.ts'
import { hearSignals } from '../running/process-end.ts'
import { print, printNote } from '../terminal.ts'
import { writeOutput } from '../write-output.ts'
import type { SimulateFlags } from './simulate-options.ts'

export interface ExplainRequest {
  readonly file: string
  /** Under which name the file exports the scenario. */
  readonly exportName: string
  readonly scenario: Scenario
  readonly flags: SimulateFlags
}

/** A world that was told, and the command that runs it again. */
export interface Explained {
  readonly result: WorldResult
  readonly replay: string
}

/** How long a violation is made smaller, in milliseconds. */
const shrinkMsMax = 60_000

/** Runs one world again and tells its story. Sets the exit code. */
export async function replay(request: ExplainRequest, world: WorldCase): Promise<void> {
  const { flags } = request
  const result = await tell(request, world)
  const explained = { result, replay: replayOf(request, world) }
  if (flags.json) print(JSON.stringify({ ...result, replay: explained.replay }))
  else printStory(request, explained)
  writePictures(request, result)
  if (result.end === 'violated') process.exitCode = exitCodes.failed.code
}

/** Makes the world that a search has found as small as can be, and tells it. */
export async function explain(request: ExplainRequest, world: WorldCase): Promise<Explained> {
  const found = await tell(request, world)
  const isAgain = found.end === 'violated'
  const result = isAgain && request.flags.shrink ? await shrinkAndSay(request, found) : found
  writePictures(request, result)
  return { result, replay: replayOf(request, result.world) }
}

export function printStory(
  { scenario }: Pick<ExplainRequest, 'scenario'>,
  { result, replay }: Explained,
): void {
  print(renderStory({ scenario: scenario.name, result, replay }).trimEnd())
}

/** The command that runs a world again. */
export function replayOf({ file, scenario, flags }: ExplainRequest, world: WorldCase): string {
  return renderReplay({ scenario: scenario.name, world, faults: flags.faults, file })
}

async function tell({ scenario, flags }: ExplainRequest, world: WorldCase): Promise<WorldResult> {
  const { until } = flags
  using trap = armAmbientTrap()
  return await runWorld({
    scenario,
    world,
    settle: settleImmediately,
    judges: defaultJudges,
    trap,
    isTold: true,
    ...(until !== undefined && { untilStep: until }),
  })
}

async function shrinkAndSay(
  { scenario }: ExplainRequest,
  violated: WorldResult,
): Promise<WorldResult> {
  let isStopped = false
  const signals = hearSignals(() => void (isStopped = true))
  const startMs = performance.now()
  printNote('Looking for the smallest world in which it happens ...')
  try {
    using trap = armAmbientTrap()
    const shrunk = await shrink({
      scenario,
      violated,
      settle: settleImmediately,
      judges: defaultJudges,
      trap,
      isOver: () => isStopped || performance.now() - startMs > shrinkMsMax,
    })
    printNote(describeShrunk(shrunk))
    return shrunk.result
  } finally {
    signals.release()
  }
}

function describeShrunk({ before, after, runs, isMinimal }: Shrunk): string {
  const sizes = [before, after].map(
    ({ actions, faults, processes }) =>
      `${actions} actions, ${faults} faults and ${processes} processes`,
  )
  const end = isMinimal ? 'nothing more can be taken away' : 'more might be taken away'
  return `Found it in ${runs} runs: from ${sizes.join(' to ')}; ${end}.`
}

function writePictures(request: ExplainRequest, result: WorldResult): void {
  const { svg, mermaid, regression } = request.flags
  const drawn = { scenario: request.scenario.name, result }
  write(svg, () => renderSequenceSvg(drawn))
  write(mermaid, () => renderSequenceMermaid(drawn))
  write(regression, (file) => regressionOf(request, file, result))
}

function write(file: string | undefined, render: (file: string) => string): void {
  if (file === undefined) return
  writeOutput(file, render(file))
  printNote(`Wrote ${file}.`)
}

function regressionOf(request: ExplainRequest, file: string, result: WorldResult): string {
  const [violation] = result.violations
  if (!violation) {
    throw new DureError(
      'CLI_USAGE',
      'There is nothing to write a test of: no invariant is violated in this world.',
    )
  }
  const path = relative(dirname(resolve(file)), resolve(request.file)).replaceAll('\\', '/')
  const module = path.startsWith('.') ? path : `./${path}`
  const { invariant, text } = violation
  const scenario = { exportName: request.exportName, module }
  return renderRegression({ scenario, world: result.world, invariant, text })
}
