import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const knip = join(root, 'node_modules/.bin/knip')

/** Everything that nobody reaches: files, exports and dependencies. Empty when all is in use. */
function findDeadCode(folder: string): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [knip, '--reporter', 'compact', '--no-config-hints'],
    { cwd: folder, encoding: 'utf8' },
  )
  return stdout + stderr
}

describe('no file, export or dependency is there for nothing', () => {
  it('holds in this repository', () => {
    const found = findDeadCode(root)

    if (found !== '') assert.fail(found)
  })

  it('sees a file that nobody imports, and an export that nobody uses', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dure-dead-'))
    mkdirSync(join(folder, 'src', 'log'), { recursive: true })
    for (const file of ['package.json', 'knip.json']) cpSync(join(root, file), join(folder, file))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'src', 'index.ts'), `export { used } from './log/used.ts'\n`)
    writeFileSync(
      join(folder, 'src', 'log', 'used.ts'),
      'export const used = 1\nexport const idle = 2\n',
    )
    writeFileSync(join(folder, 'src', 'log', 'lonely.ts'), 'export const lonely = 1\n')

    const found = findDeadCode(folder)
    rmSync(folder, { recursive: true })

    assert.match(found, /src\/log\/lonely\.ts/)
    assert.match(found, /src\/log\/used\.ts: idle/)
    assert.doesNotMatch(found, /: used/)
  })
})
