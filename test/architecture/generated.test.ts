import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { renderErrorsPage } from '../../tools/generate/errors-page.ts'
import { renderPages } from '../../tools/generate/pages.ts'
import { root } from './repository/files.ts'

describe('generated pages are what their source says', () => {
  for (const { path, text } of renderPages()) {
    it(`${path} is up to date; "npm run generate" writes it again`, () => {
      assert.equal(readFileSync(join(root, path), 'utf8'), text)
    })
  }

  it('renders a row for every code, under its area', () => {
    const entry = { kind: 'conflict', retry: 'never', summary: 'Full.' } as const

    const page = renderErrorsPage({ LOG_FULL: entry, LOG_LOST: entry, CLI_USAGE: entry })

    assert.match(page, /^# Errors$/m)
    assert.match(
      page,
      /^## LOG$\n\n.*\n.*\n\| `LOG_FULL` \| conflict \| never \| Full\. \|\n\| `LOG_LOST`/m,
    )
    assert.match(page, /^## CLI$/m)
  })
})
