import { join, relative } from 'node:path'
import { parseOptions, renderHelp } from './options.ts'
import { type Outcome, refuseSkipped, renderTotals, sumOutcomes } from './outcome.ts'
import type { Step, StepRequest } from './step.ts'
import { steps } from './steps.ts'

const root = join(import.meta.dirname, '..', '..')
const print = (text: string): void => console.log(text)

async function runStep(step: Step, request: StepRequest): Promise<Outcome> {
  print(`${step.name} ...`)
  const startedAt = performance.now()
  const result = await step.run(request)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  const facts = [result.looked, `${seconds} s`].filter((fact) => fact !== '').join(', ')
  const verdict = result.failed === 0 ? 'ok' : `FAILED (${result.failed})`
  print(`${step.name}: ${verdict}, ${facts}\n`)
  return result
}

async function verify(chosen: readonly Step[], paths: readonly string[]): Promise<Outcome> {
  const outcomes: Outcome[] = []
  for (const step of chosen) outcomes.push(await runStep(step, { root, paths, print }))
  const sum = sumOutcomes(outcomes)
  if (sum.passed + sum.failed + sum.skipped.length === 0) {
    print('Nothing was found to verify there.')
    return { ...sum, failed: 1 }
  }
  return sum
}

function conclude(sum: Outcome): void {
  const isStrict = process.env['CI'] === 'true'
  for (const name of sum.skipped)
    print(`skipped${isStrict ? ', a failure with CI=true' : ''}: ${name}`)
  const outcome = isStrict ? refuseSkipped(sum) : sum
  print(renderTotals(outcome))
  process.exitCode = outcome.failed === 0 ? 0 : 1
}

const asked = parseOptions(process.argv.slice(2), steps)
if (asked.kind === 'help') {
  if (asked.problem !== undefined) print(`${asked.problem}\n`)
  print(renderHelp(steps))
  process.exitCode = asked.problem === undefined ? 0 : 2
} else {
  const paths = asked.paths.map((path) => relative(root, path) || '.')
  conclude(await verify(asked.steps, paths.includes('.') ? [] : paths))
}
