// What is told of one world: its story, made small, drawn, and written as a test.
import { dirname, relative, resolve } from 'node:path'
import { armAmbientTrap } from '../../adapters/node/ambient-trap.ts'
import { settleImmediately } from '../../adapters/node/settle.ts'
import { assertThat, DureError } from '../../language/errors.ts'
import { defaultJudges } from '../../simulate/default-judges.ts'
import { renderRegression } from '../../simulate/explain/render-regression.ts'
import { renderSequenceMermaid } from '../../simulate/explain/render-sequence-mermaid.ts'
import { renderSequenceSvg } from '../../simulate/explain/render-sequence-svg.ts'
import { renderStory } from '../../simulate/explain/render-story.ts'
import { shrink, type Shrunk } from '../../simulate/explain/shrink.ts'
import { nameWorld } from '../../simulate/explain/words.ts'
import type { Scenario, WorldCase } from '../../simulate/index.ts'
import { renderReplay } from '../../simulate/search/world-case.ts'
import type { WorldResult } from '../../simulate/world/world-result.ts'
import { runWorld } from '../../simulate/world/world.ts'
import { exitCodes } from '../exit-codes.ts'
import type { HeardSignals } from '../running/process-end.ts'
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
  if (flags.regression !== undefined) assertViolated(result)
  if (flags.json) print(JSON.stringify({ ...result, replay: explained.replay }))
  else printStory(request, explained)
  writePictures(request, result)
  if (result.end === 'violated') process.exitCode = exitCodes.failed.code
}

/** Makes the world that a search has found as small as can be, and tells it. */
export async function explain(
  request: ExplainRequest,
  world: WorldCase,
  signals: HeardSignals,
): Promise<Explained> {
  const found = await tell(request, world)
  const isAgain = found.end === 'violated'
  const isShrunk = isAgain && request.flags.shrink && signals.heard() === undefined
  const result = isShrunk ? await shrinkAndSay(request, found, signals) : found
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
  signals: HeardSignals,
): Promise<WorldResult> {
  const startMs = performance.now()
  printNote('Looking for the smallest world in which it happens ...')
  using trap = armAmbientTrap()
  const shrunk = await shrink({
    scenario,
    violated,
    settle: settleImmediately,
    judges: defaultJudges,
    trap,
    isOver: () => signals.heard() !== undefined || performance.now() - startMs > shrinkMsMax,
  })
  printNote(describeShrunk(shrunk))
  return shrunk.result
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
  if (result.violations.length > 0) write(regression, (file) => regressionOf(request, file, result))
}

/** Refuses before anything is told or written. */
function assertViolated({ world, end, violations }: WorldResult): void {
  if (violations.length > 0) return
  const until = end === 'stopped' ? ' so far; leave --until out' : ''
  throw new DureError(
    'CLI_USAGE',
    `There is nothing to write a test of: no invariant is violated in ${nameWorld(world)}${until}. Name a world that a search has found, or leave --regression out to read its story.`,
  )
}

function write(file: string | undefined, render: (file: string) => string): void {
  if (file === undefined) return
  writeOutput(file, render(file))
  printNote(`Wrote ${file}.`)
}

function regressionOf(request: ExplainRequest, file: string, result: WorldResult): string {
  const [violation] = result.violations
  assertThat(violation !== undefined, 'A test is written of a violation only.')
  const path = relative(dirname(resolve(file)), resolve(request.file)).replaceAll('\\', '/')
  const module = path.startsWith('.') ? path : `./${path}`
  const { invariant, text } = violation
  const scenario = { exportName: request.exportName, module }
  return renderRegression({ scenario, world: result.world, invariant, text })
}
