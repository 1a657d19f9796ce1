import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { StepResult } from './step.ts'
import { defineTestStep } from './test-step.ts'

const load = `import assert from 'node:assert/strict'\nimport { describe, it } from 'node:test'\n`

/** Runs a planted repository of unit tests, and gives what was found and printed. */
async function runPlanted(
  tests: Readonly<Record<string, string>>,
  filesMin = 1,
): Promise<StepResult & { readonly printed: string }> {
  const root = mkdtempSync(join(tmpdir(), 'dure-verify-'))
  mkdirSync(join(root, 'src'))
  for (const [name, text] of Object.entries(tests)) {
    writeFileSync(join(root, 'src', `${name}.test.ts`), load + text)
  }
  const step = defineTestStep({ name: 'unit', says: '', isQuick: true, timeoutMs: 1_500, filesMin })
  let printed = ''
  const print = (text: string): void => {
    printed += `${text}\n`
  }
  const result = await step.run({ root, paths: [], print })
  rmSync(root, { recursive: true })
  return { ...result, printed }
}

describe('a step of tests', () => {
  it('counts tests one by one, and names the skipped with their reason', async () => {
    const { passed, failed, skipped } = await runPlanted({
      a: `describe('a', () => { it('passes', () => {}); it('waits', { skip: 'no server' }, () => {}) })`,
      b: `it('passes', () => {})`,
    })

    assert.deepEqual({ passed, failed }, { passed: 2, failed: 0 })
    assert.deepEqual(skipped, ['src/a.test.ts: a > waits: no server'])
  })

  it('prints the failure, its whole name, and what the file printed', async () => {
    const { passed, failed, printed } = await runPlanted({
      a: `describe('sum', () => { it('adds', () => { console.log('seen'); assert.equal(1, 2) }) })`,
      b: `it('passes', () => { console.log('quiet') })`,
    })

    assert.deepEqual({ passed, failed }, { passed: 1, failed: 1 })
    assert.match(printed, /not ok {2}src\/a\.test\.ts: sum > adds/)
    assert.match(printed, /1 !== 2/)
    assert.match(printed, /seen/)
    assert.doesNotMatch(printed, /quiet/)
  })

  it('fails for a file that does not load, and for one without tests', async () => {
    const { passed, failed, printed } = await runPlanted({
      broken: `import './nowhere.ts'`,
      empty: ``,
      fine: `it('passes', () => {})`,
    })

    assert.deepEqual({ passed, failed }, { passed: 1, failed: 2 })
    assert.match(printed, /nowhere\.ts/)
    assert.match(printed, /no test in this file/)
  })

  it('ends a test that hangs and a file that leaves something open', async () => {
    const { passed, failed, printed } = await runPlanted({
      hangs: `it('hangs', () => new Promise((resolve) => { setTimeout(resolve, 600_000) }))`,
      leaks: `it('leaks', () => { setInterval(() => {}, 1_000) })`,
    })

    assert.deepEqual({ passed, failed }, { passed: 1, failed: 2 })
    assert.match(printed, /Something still runs after the last test: .*Timeout/)
  })

  it('fails when it finds fewer files than there must be', async () => {
    const { failed, printed } = await runPlanted({ a: `it('passes', () => {})` }, 2)

    assert.equal(failed, 1)
    assert.match(printed, /Found 1 test files; at least 2/)
  })
})
