import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { isTest, readRepository } from './repository/files.ts'
import { findSilentTests } from './rules/tests.ts'

function planted(text: string, path = 'src/log/a.test.ts'): number {
  return findSilentTests([{ path, text }]).length
}

describe('every test runs, or says why not', () => {
  it('holds in this repository', () => {
    const files = readRepository()

    assert.ok(files.filter(isTest).length >= 10)
    assertNone(findSilentTests(files))
  })

  it('sees a test that is switched off', () => {
    assert.equal(planted(`it.skip('a', () => {})`), 1)
    assert.equal(planted(`describe.only('a', () => {})`), 1)
    assert.equal(planted(`test.todo('a')`), 1)
    assert.equal(planted(`it('a', { skip: true }, () => {})`), 1)
    assert.equal(planted(`it('a', { skip: !server }, () => {})`), 1)
    assert.equal(planted(`it('a', { only: true }, () => {})`), 1)
    assert.equal(planted(`it('a', (t) => t.skip())`), 1)
  })

  it('lets a test that says why be skipped', () => {
    assert.equal(planted(`it('a', { skip: 'needs Postgres' }, () => {})`), 0)
    assert.equal(planted(`it('a', { skip: server ? false : 'needs Postgres' }, () => {})`), 0)
    assert.equal(planted(`it('a', (t) => t.skip('needs Postgres'))`), 0)
    assert.equal(planted(`stream.skip(1)`), 0)
  })

  it('sees a test file that no step would run', () => {
    assert.equal(planted('', 'apps/console/a.test.ts'), 1)
    assert.equal(planted('', 'src/log/a.spec.ts'), 1)
    assert.equal(planted('', 'src/log/a.test-d.ts'), 0)
  })
})
