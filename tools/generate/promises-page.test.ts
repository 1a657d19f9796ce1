import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRepository } from '../../test/architecture/repository/files.ts'
import { renderPromisesPage } from './promises-page.ts'

const held = {
  path: 'test/promises/late-letters.test.ts',
  text: `// A letter arrives. It may be late.
import assert from 'node:assert/strict'
describe('a letter', () => {
  it('arrives', () => {})
  it(\`arrives after \${days} days\`, () => {})
  it('is judged by a test that sees one which is lost', () => {})
})`,
}

describe('the page of promises', () => {
  it('says what is promised, who holds it, and which bugs were planted', () => {
    const page = renderPromisesPage([held])

    assert.match(page, /^## Late letters\n\n\*A letter arrives\. It may be late\.\*$/m)
    assert.match(page, /\]\(\.\.\/\.\.\/test\/promises\/late-letters\.test\.ts\):$/m)
    assert.match(page, /^- a letter arrives\n- a letter arrives after \.\.\. days$/m)
    assert.match(page, /^Planted, and seen:\n\n- a letter: one which is lost$/m)
  })

  it('has a planted bug for every promise of this repository', () => {
    const page = renderPromisesPage(readRepository())

    const parts = page.split('\n## ').slice(1)
    assert.ok(parts.length >= 9, `${parts.length}`)
    for (const part of parts) assert.match(part, /seen:\n\n- .+: .+/)
    assert.ok((page.match(/^- /gm)?.length ?? 0) > 50)
  })

  it('refuses a test that does not say what it holds', () => {
    const text = held.text.replace(/^.*\n/, '')

    assert.throws(() => renderPromisesPage([{ ...held, text }]), /does not begin with/)
  })
})
