// A report for people.
import type { Coverage } from './coverage.ts'
import type { BatchReport, Verdict } from './report.ts'
import type { Counts } from './tally.ts'

/** A report as it is shown: a search that was interrupted has a verdict of its own. */
export interface ShownReport extends Omit<BatchReport, 'verdict'> {
  readonly verdict: Verdict | 'interrupted'
}

const verdicts: Readonly<Record<ShownReport['verdict'], string>> = {
  passed: 'PASSED',
  failed: 'FAILED',
  invalid: 'INVALID: this has shown nothing',
  broken: 'BROKEN: this can show nothing',
  interrupted: 'INTERRUPTED: nothing was found so far',
}

/** Kinds of faults that are told with their numbers. */
const kindsShown = 8

/** What was done, and what it means. */
export function renderReport(report: ShownReport, seconds: number): string {
  const { scenario, worlds, repeated, verdict, reasons } = report
  const speed = Math.round(worlds / Math.max(seconds, 0.001))
  return [
    `${scenario}: ${count(worlds)} worlds in ${seconds.toFixed(1)} s (${count(speed)}/s), ${count(repeated)} of them run twice.`,
    ...rowsOf(report).map(([name, text]) => `  ${name.padEnd(11)} ${text}`),
    '',
    verdicts[verdict],
    ...reasons.map((reason) => `  ${reason}`),
  ].join('\n')
}

function rowsOf(report: ShownReport): readonly (readonly [name: string, text: string])[] {
  const { operations, struck, hit, worlds, steps, commits, messages, lastedMs, reached } = report
  const { ok, rejected, failed, unknown } = operations
  const total = Object.values(struck).reduce((sum, each) => sum + each, 0)
  return [
    [
      'operations',
      `${count(ok)} done, ${count(rejected)} rejected, ${count(failed)} failed, ${count(unknown)} with unknown end`,
    ],
    ['faults', `${count(total)} in ${count(hit)} of ${count(worlds)} worlds${renderMost(struck)}`],
    [
      'work',
      `${count(steps)} steps, ${count(commits)} commits, ${count(messages)} messages; ${renderSpan(lastedMs)} went by`,
    ],
    ...Object.entries(reached).map(
      ([name, times]) => ['reached', `${name} (in ${count(times)} worlds)`] as const,
    ),
  ]
}

function renderMost(struck: Counts): string {
  const kinds = Object.entries(struck).toSorted(([, one], [, other]) => other - one)
  if (kinds.length === 0) return ''
  const most = kinds.slice(0, kindsShown).map(([kind, times]) => `${kind} ${count(times)}`)
  const rest = kinds.length - most.length
  return `: ${most.join(', ')}${rest > 0 ? ` and ${rest} other kinds` : ''}`
}

/** Time of the worlds. */
function renderSpan(durationMs: number): string {
  const hours = durationMs / 3_600_000
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${count(Math.round(hours / 24))} days`
}

/** How much was reached of what can be reached, and some of what was not. */
export function renderCoverage(coverage: Coverage, namedMax = 3): string {
  const width = Math.max(...coverage.map(({ name }) => name.length))
  const lines = coverage
    .filter(({ reachable }) => reachable > 0)
    .map(({ name, reached, reachable, missed }) => {
      const share = reachable === 0 ? '' : `${Math.floor((reached / reachable) * 100)} %`
      const numbers = `${count(reached)} of ${count(reachable)}`
      const named = missed.slice(0, namedMax).join('; ')
      const more = missed.length > 0 && reachable - reached > namedMax ? '; ...' : ''
      const rest = missed.length === 0 ? '' : `  not: ${named}${more}`
      return `  ${name.padEnd(width)}  ${numbers.padStart(15)}  ${share.padStart(5)}${rest}`.trimEnd()
    })
  return ['Reached of what can be reached:', ...lines].join('\n')
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
