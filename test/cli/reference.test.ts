import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { renderCliReference } from '../../src/cli/reference.ts'

const page = join(import.meta.dirname, '../../docs/reference/cli.md')

describe('the reference of the command line', () => {
  it('is what the definitions of the commands say', () => {
    const written = readFileSync(page, 'utf8')

    assert.equal(
      written,
      renderCliReference(),
      'docs/reference/cli.md is out of date. Run: node --conditions=dure-source src/cli/reference.ts --write',
    )
  })

  it('has every command with its options and examples, and no hidden ones', () => {
    const text = renderCliReference()

    for (const part of [
      '## dure dev\n',
      '## dure parked redrive\n',
      '`--port <number>` | port of the gateway, 0 for any that is free (`8080` without it; or from `PORT`)',
      '| `dure check system.ts --strict` |',
      '| 3 |',
      '`SAGA_STEP_WITHOUT_UNDO`',
    ]) {
      assert.ok(text.includes(part), part)
    }
    assert.ok(!text.includes('--supervised'))
  })
})
