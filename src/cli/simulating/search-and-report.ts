// `dure simulate` without a seed: a search, its report, and the story of what it found.
import { existsSync, readFileSync } from 'node:fs'
import { DureError, messageOf } from '../../language/errors.ts'
import type { BatchReport } from '../../simulate/index.ts'
import { type Corpus, openCorpus, parseCorpus, searchWorlds } from '../../simulate/search/corpus.ts'
import {
  renderCoverage,
  renderReport,
  type ShownReport,
} from '../../simulate/search/render-report.ts'
import { reportOn } from '../../simulate/search/report.ts'
import { exitCodes } from '../exit-codes.ts'
import { writeOutput } from '../write-output.ts'
import { type HeardSignals, hearSignals } from '../running/process-end.ts'
import { print } from '../terminal.ts'
import { explain, type Explained, type ExplainRequest, printStory, replayOf } from './explain.ts'
import { type ProgressOptions, showProgress } from './progress.ts'
import { type RunningSearch, type Search, startSearch } from './search.ts'
import type { SimulateFlags } from './simulate-options.ts'

export const seedsDefault = 1_000

interface Found extends Search {
  readonly seconds: number
  /** How many worlds should have been run, where that was said. */
  readonly planned: number | undefined
}

/** Searches, and says what was found. Sets the exit code. */
export async function searchAndReport(request: ExplainRequest): Promise<void> {
  using signals = hearSignals()
  const { scenario, flags } = request
  const { tally, lost, seconds, planned } = await search(request, signals)
  const judged = withLost(reportOn({ scenario, tally, planned }), lost)
  const isCut = signals.heard() !== undefined
  const report = isCut ? withInterruption(judged, planned) : judged
  if (!flags.json) {
    if (isCut) print('Interrupted. This is what was seen until then.')
    printReport(request, report, seconds)
  }
  const [violation] = report.violations
  const explained =
    violation && !isCut ? await explain(request, violation.world, signals) : undefined
  const signal = signals.heard()
  if (flags.json) {
    const isInterrupted = signal !== undefined
    print(JSON.stringify({ ...report, seconds, isInterrupted, ...smallestOf(explained) }))
  } else if (explained) printStory(request, explained)
  process.exitCode = signal === undefined ? exitCodeOf(report) : 128 + signal
}

/** What was not run is not known to be well; what was found stays found. */
function withInterruption(report: BatchReport, planned: number | undefined): ShownReport {
  if (report.violated > 0 || report.verdict === 'broken') return report
  const { worlds } = report
  const share = planned === undefined ? `${worlds}` : `${worlds} of ${planned}`
  return {
    ...report,
    verdict: 'interrupted',
    reasons: [`It was ended from outside after ${share} worlds. Run it again.`],
  }
}

function printReport(request: ExplainRequest, report: ShownReport, seconds: number): void {
  print(renderReport(report, seconds))
  if (request.flags.coverage) print(`\n${renderCoverage(report.coverage)}`)
  const [violation] = report.violations
  if (violation) print(`\nThe first of them again:\n  ${replayOf(request, violation.world)}\n`)
}

/** What programs are told of the world that was made small. */
function smallestOf(explained: Explained | undefined): object {
  if (!explained) return {}
  const { result, replay } = explained
  const { world, violations, hash, struck } = result
  return { smallest: { world, violations, hash, struck }, replay }
}

function exitCodeOf({ verdict }: ShownReport): number {
  if (verdict === 'passed') return exitCodes.ok.code
  return verdict === 'failed' ? exitCodes.failed.code : exitCodes.findings.code
}

/** What was not run to its end is not known to be well. */
function withLost(report: BatchReport, lost: readonly string[]): BatchReport {
  if (lost.length === 0) return report
  const verdict = report.verdict === 'failed' ? 'failed' : 'broken'
  return { ...report, verdict, reasons: [...lost, ...report.reasons] }
}

async function search(
  { file, scenario, flags }: ExplainRequest,
  signals: HeardSignals,
): Promise<Found> {
  const { workers, faults } = flags
  const limits = limitsOf(flags)
  const { corpus, nextSeed } = readCorpus(flags.corpus, scenario.name)
  const count = limits.worlds ?? Number.POSITIVE_INFINITY
  const searched = searchWorlds({ from: flags.from ?? nextSeed, count, corpus })
  const progress = showProgress(limits)
  const startMs = performance.now()
  const running = startSearch({
    path: file,
    scenario: scenario.name,
    faults,
    workers,
    corpus,
    worlds: searched.worlds,
    onProgress: (tally) => progress.tell(tally),
  })
  signals.tell(running.stop)
  const ended = await endedInTime(running, limits.durationMs)
  signals.tell(() => undefined)
  progress.end()
  if (flags.corpus !== undefined && corpus) {
    writeOutput(flags.corpus, corpus.encode(searched.nextSeed))
  }
  return { ...ended, planned: limits.worlds, seconds: (performance.now() - startMs) / 1_000 }
}

function limitsOf({ seeds, time }: SimulateFlags): ProgressOptions {
  return {
    worlds: seeds ?? (time === undefined ? seedsDefault : undefined),
    durationMs: time === undefined ? undefined : time * 1_000,
  }
}

async function endedInTime(
  { stop, ended }: RunningSearch,
  durationMs: number | undefined,
): Promise<Search> {
  const timer = durationMs === undefined ? undefined : setTimeout(stop, durationMs)
  try {
    return await ended
  } finally {
    clearTimeout(timer)
  }
}

interface KeptCorpus {
  readonly corpus: Corpus | undefined
  readonly nextSeed: number
}

function readCorpus(file: string | undefined, scenario: string): KeptCorpus {
  if (file === undefined) return { corpus: undefined, nextSeed: 1 }
  if (!existsSync(file)) return { corpus: openCorpus(scenario), nextSeed: 1 }
  try {
    const { worlds, nextSeed } = parseCorpus(scenario, readFileSync(file, 'utf8'))
    return { corpus: openCorpus(scenario, worlds), nextSeed }
  } catch (error) {
    throw new DureError('SIMULATE_CORPUS_INVALID', `"${file}": ${messageOf(error)}`, {
      cause: error,
    })
  }
}
