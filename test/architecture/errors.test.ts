import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorCatalogue } from '../../src/language/errors.ts'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { findLooseCodes, findPlainErrors } from './rules/errors.ts'

describe('every failure has a code that is used and tested', () => {
  const files = readRepository()
  const codes = Object.keys(errorCatalogue)

  it('holds in this repository', () => {
    assert.ok(codes.length > 20)
    assertNone(findLooseCodes(files, codes))
  })

  it('throws no error without a code', () => {
    assertNone(findPlainErrors(files))
  })

  it('writes codes as AREA_CONDITION and summaries as one sentence', () => {
    for (const [code, { summary }] of Object.entries(errorCatalogue)) {
      assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/)
      assert.match(summary, /^[A-Z][^\n]*\.$/, code)
    }
  })

  it('sees a code that is only in the catalogue, and one that only a comment names', () => {
    const found = findLooseCodes(
      [
        { path: 'src/language/errors.ts', text: 'export const errorCatalogue = { LOG_FULL: {} }' },
        { path: 'src/log/a.ts', text: '// LOG_FULL is thrown somewhere.' },
        { path: 'src/log/a.test.ts', text: '/* LOG_FULL */' },
      ],
      ['LOG_FULL'],
    )

    assert.equal(found.length, 2)
  })

  it('is content with a code that is thrown and asserted', () => {
    const found = findLooseCodes(
      [
        { path: 'src/log/a.ts', text: `throw new DureError('LOG_FULL', 'Full.')` },
        { path: 'src/log/a.test.ts', text: `assert.throws(append, { code: 'LOG_FULL' })` },
      ],
      ['LOG_FULL'],
    )

    assert.deepEqual(found, [])
  })

  it('sees a plain error, and only in shipped code', () => {
    const text = `throw new TypeError('no')`

    assert.equal(findPlainErrors([{ path: 'src/log/a.ts', text }]).length, 1)
    assert.equal(findPlainErrors([{ path: 'src/log/a.test.ts', text }]).length, 0)
    assert.equal(findPlainErrors([{ path: 'src/language/errors.ts', text }]).length, 0)
  })
})
