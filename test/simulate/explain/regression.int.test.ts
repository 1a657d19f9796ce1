import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { settleImmediately } from '../../../src/adapters/node/settle.ts'
import { renderRegression } from '../../../src/simulate/explain/render-regression.ts'
import { shrink } from '../../../src/simulate/explain/shrink.ts'
import { runWorld } from '../../../src/simulate/world/world.ts'
import { brokenTill } from './broken-till.ts'

const own = new URL('./broken-till.ts', import.meta.url).href
const simulator = new URL('../../../src/simulate/index.ts', import.meta.url).href

/** Runs the text as a file of its own. The package's name means this source. */
function runFile(text: string): { readonly status: number | null; readonly output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'dure-regression-'))
  try {
    const file = join(folder, 'regression.test.mts')
    writeFileSync(file, text.replace(`'dure/simulate'`, `'${simulator}'`))
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=dure-source', '--test', file],
      { encoding: 'utf8', env },
    )
    return { status, output: `${stdout}${stderr}` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the regression test that is written fails while the bug is there, and passes when it is gone', async () => {
  const options = { scenario: brokenTill, settle: settleImmediately, judges: [] }
  const violated = await runWorld({ ...options, world: { seed: 1 } })
  const { result, invariant } = await shrink({ ...options, violated })
  const violation = result.violations[0]
  const write = (exportName: string): string =>
    renderRegression({
      scenario: { exportName, module: own },
      world: result.world,
      invariant,
      text: violation?.text ?? '',
    })

  const broken = runFile(write('brokenTill'))
  const mended = runFile(write('mendedTill'))

  assert.equal(broken.status, 1)
  assert.match(broken.output, /SIMULATE_VIOLATED/)
  assert.match(broken.output, /VIOLATED nobody has more than was put in/)
  assert.equal(mended.status, 0, mended.output)
})
