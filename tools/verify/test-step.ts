import { availableParallelism } from 'node:os'
import { PassThrough } from 'node:stream'
import { runChild } from './child.ts'
import { Findings, readFindings } from './findings.ts'
import { nothing } from './outcome.ts'
import type { Step, StepRequest, StepResult } from './step.ts'
import { type Level, levelOf, listTypeScript, narrow } from './test-files.ts'

export interface TestLevel {
  readonly name: Level
  readonly says: string
  readonly isQuick: boolean
  /** The longest that one test may take. */
  readonly timeoutMs: number
  /** How many files run at a time; as many as there are processors when absent. */
  readonly concurrency?: number
  /** The fewest test files that the whole repository has at this level. Fewer means that they were not found. */
  readonly filesMin: number
}

/** A run is ended when it has said nothing for this much longer than a test may take. */
const silenceGraceMs = 30_000
const progressEveryMs = 10_000

/** Makes a step that runs the test files of one level with node:test. */
export function defineTestStep(level: TestLevel): Step {
  const { name, says, isQuick } = level
  return { name, says, isQuick, run: (request) => runLevel(level, request) }
}

async function runLevel(level: TestLevel, request: StepRequest): Promise<StepResult> {
  const ofLevel = listTypeScript(request.root).filter((file) => levelOf(file) === level.name)
  const files = narrow(ofLevel, request.paths)
  const isShort = request.paths.length === 0 && files.length < level.filesMin
  if (isShort) {
    request.print(`Found ${files.length} test files; at least ${level.filesMin} are expected.`)
  }
  const result =
    files.length === 0
      ? { ...nothing, looked: 'no test files' }
      : await runFiles(level, files, request)
  return isShort ? { ...result, failed: result.failed + 1 } : result
}

async function runFiles(
  level: TestLevel,
  files: readonly string[],
  { root, print }: StepRequest,
): Promise<StepResult> {
  const findings = new Findings(root)
  const lines = new PassThrough()
  const reading = read(lines, findings, print)
  const progress = setInterval(() => print(renderProgress(findings, files.length)), progressEveryMs)
  let complaints = ''
  const { code, wasSilent } = await runChild({
    args: [...nodeArguments(level), ...files],
    root,
    silenceMs: level.timeoutMs + silenceGraceMs,
    onOutput: (chunk, stream) => {
      if (stream === 'stdout') lines.write(chunk)
      else complaints += chunk
    },
  })
  lines.end()
  await reading
  clearInterval(progress)
  for (const printed of findings.printedByFailed()) print(printed)
  const problem = wasSilent
    ? `Nothing happened for ${(level.timeoutMs + silenceGraceMs) / 1_000} s. Still open: ${[...findings.open].join(', ')}.`
    : problemOf(findings, code, files.length)
  if (problem !== undefined) {
    findings.failed += 1
    print(`${problem}\n${complaints}`)
  }
  const outcome = findings.outcome()
  return { ...outcome, looked: `${outcome.passed + outcome.failed} tests in ${files.length} files` }
}

/** What is wrong with the run as a whole, apart from the tests that failed. */
function problemOf(findings: Findings, code: number, filesCount: number): string | undefined {
  if (findings.filesEnded !== filesCount) {
    return `Only ${findings.filesEnded} of ${filesCount} test files ran to their end.`
  }
  if (code !== 0 && findings.failed === 0) {
    return `The test runner ended with ${code} although no test failed.`
  }
  return undefined
}

function nodeArguments(level: TestLevel): readonly string[] {
  const folder = import.meta.dirname
  return [
    ...process.execArgv,
    `--import=${folder}/leak-guard.ts`,
    '--test',
    `--test-timeout=${level.timeoutMs}`,
    `--test-concurrency=${level.concurrency ?? availableParallelism()}`,
    `--test-reporter=${folder}/reporter.ts`,
    '--test-reporter-destination=stdout',
  ]
}

async function read(
  lines: PassThrough,
  findings: Findings,
  print: (text: string) => void,
): Promise<void> {
  for await (const finding of readFindings(lines)) {
    const text = findings.add(finding)
    if (text !== undefined) print(text)
  }
}

function renderProgress(findings: Findings, filesCount: number): string {
  return `  ... ${findings.filesEnded} of ${filesCount} files, ${findings.passed} passed, ${findings.failed} failed`
}
