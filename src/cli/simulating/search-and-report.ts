// `dure simulate` without a seed: a search, its report, and the story of what it found.
import { existsSync, readFileSync } from 'node:fs'
import { DureError, messageOf } from '../../language/errors.ts'
import type { BatchReport } from '../../simulate/index.ts'
import { type Corpus, openCorpus, parseCorpus, searchWorlds } from '../../simulate/search/corpus.ts'
import { renderCoverage, renderReport } from '../../simulate/search/render-report.ts'
import { reportOn } from '../../simulate/search/report.ts'
import { exitCodes } from '../exit-codes.ts'
import { assertWritable, writeOutput } from '../write-output.ts'
import { hearSignals } from '../running/process-end.ts'
import { print } from '../terminal.ts'
import { explain, type Explained, type ExplainRequest, printStory, replayOf } from './explain.ts'
import { type ProgressOptions, showProgress } from './progress.ts'
import { type RunningSearch, type Search, startSearch } from './search.ts'
import type { SimulateFlags } from './simulate-options.ts'

export const seedsDefault = 1_000

interface Found extends Search {
  readonly seconds: number
  /** Number of the signal that ended it. */
  readonly signal: number | undefined
}

/** Searches, and says what was found. Sets the exit code. */
export async function searchAndReport(request: ExplainRequest): Promise<void> {
  const { scenario, flags } = request
  assertWritable([flags.corpus, flags.svg, flags.mermaid, flags.regression])
  const { tally, lost, seconds, signal } = await search(request)
  const report = withLost(reportOn({ scenario, tally }), lost)
  if (!flags.json) {
    if (signal !== undefined) print('Interrupted. This is what was seen until then.')
    printReport(request, report, seconds)
  }
  const [violation] = report.violations
  const isExplained = violation && signal === undefined
  const explained = isExplained ? await explain(request, violation.world) : undefined
  if (flags.json) {
    const isInterrupted = signal !== undefined
    print(JSON.stringify({ ...report, seconds, isInterrupted, ...smallestOf(explained) }))
  } else if (explained) printStory(request, explained)
  process.exitCode = signal === undefined ? exitCodeOf(report) : 128 + signal
}

function printReport(request: ExplainRequest, report: BatchReport, seconds: number): void {
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

function exitCodeOf({ verdict }: BatchReport): number {
  if (verdict === 'passed') return exitCodes.ok.code
  return verdict === 'failed' ? exitCodes.failed.code : exitCodes.findings.code
}

/** What was not run to its end is not known to be well. */
function withLost(report: BatchReport, lost: readonly string[]): BatchReport {
  if (lost.length === 0) return report
  const verdict = report.verdict === 'failed' ? 'failed' : 'broken'
  return { ...report, verdict, reasons: [...lost, ...report.reasons] }
}

async function search({ file, scenario, flags }: ExplainRequest): Promise<Found> {
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
  const ended = await endedInTime(running, limits.durationMs)
  progress.end()
  if (flags.corpus !== undefined && corpus) {
    writeOutput(flags.corpus, corpus.encode(searched.nextSeed))
  }
  return { ...ended, seconds: (performance.now() - startMs) / 1_000 }
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
): Promise<Omit<Found, 'seconds'>> {
  const timer = durationMs === undefined ? undefined : setTimeout(stop, durationMs)
  const signals = hearSignals(stop)
  try {
    return { ...(await ended), signal: signals.heard() }
  } finally {
    clearTimeout(timer)
    signals.release()
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
