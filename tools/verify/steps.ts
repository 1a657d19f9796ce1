import { sep } from 'node:path'
import { defineProvisionStep } from './provision-step.ts'
import type { Step } from './step.ts'
import { testRoots } from './test-files.ts'
import { defineTestStep } from './test-step.ts'
import { defineToolStep } from './tool-step.ts'

/** Every step, in the order in which they run: the quickest to say no comes first. */
export const steps: readonly Step[] = [
  defineToolStep({
    name: 'format',
    says: 'files look as the formatter leaves them ("npm run format" mends it)',
    isQuick: true,
    args: ['node_modules/.bin/biome', 'format', '--max-diagnostics=none'],
    takesPaths: true,
    countSeen: (output) => numberIn(output, /Checked (\d+) files?/),
  }),
  defineToolStep({
    name: 'lint',
    says: 'the house rules that a linter can see',
    isQuick: true,
    args: ['node_modules/.bin/oxlint', '--type-aware', '--deny-warnings'],
    takesPaths: true,
    countSeen: (output) => numberIn(output, /on (\d+) files?/),
  }),
  defineToolStep({
    name: 'types',
    says: 'everything type-checks, and what must not compile does not (*.test-d.ts)',
    isQuick: true,
    args: ['node_modules/.bin/tsc', '--noEmit', '--listFiles'],
    takesPaths: false,
    countSeen: countListed,
  }),
  defineTestStep({
    name: 'architecture',
    says: 'the house rules that need the whole repository (test/architecture)',
    isQuick: true,
    timeoutMs: 60_000,
    filesMin: 10,
  }),
  defineTestStep({
    name: 'unit',
    says: 'x.test.ts',
    isQuick: true,
    timeoutMs: 120_000,
    filesMin: 1,
  }),
  defineProvisionStep(),
  defineTestStep({
    name: 'contract',
    says: 'x.contract.test.ts: every adapter keeps the promises of its port',
    isQuick: false,
    timeoutMs: 300_000,
    filesMin: 2,
  }),
  defineTestStep({
    name: 'sim',
    says: 'x.sim.test.ts: whole systems under seeded faults',
    isQuick: false,
    timeoutMs: 600_000,
    filesMin: 0,
  }),
  defineTestStep({
    name: 'int',
    says: 'x.int.test.ts: with real files, processes and servers',
    isQuick: false,
    timeoutMs: 300_000,
    concurrency: 1,
    filesMin: 1,
  }),
  defineTestStep({
    name: 'e2e',
    says: 'x.e2e.test.ts: the examples, as a user starts them',
    isQuick: false,
    timeoutMs: 600_000,
    concurrency: 1,
    filesMin: 0,
  }),
]

function numberIn(output: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(output)?.[1]
  return found === undefined ? undefined : Number(found)
}

function countListed(output: string, root: string): number {
  const own = testRoots.map((folder) => `${root}${sep}${folder}${sep}`)
  return output
    .split('\n')
    .filter((line) => own.some((folder) => line.startsWith(folder)))
    .filter((line) => !line.includes('node_modules')).length
}
