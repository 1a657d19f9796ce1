import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { findBadNames } from './rules/names.ts'

function planted(path: string): number {
  return findBadNames([{ path, text: '' }]).length
}

describe('files say what they are', () => {
  it('holds in this repository', () => {
    const files = readRepository()

    assert.ok(files.length > 50)
    assertNone(findBadNames(files))
  })

  it('sees each bad name', () => {
    assert.equal(planted('src/log/types.ts'), 1)
    assert.equal(planted('src/log/groupCommit.ts'), 1)
    assert.equal(planted('src/log/plugin.2.test.ts'), 1)
    assert.equal(planted('src/log/fix-6411.test.ts'), 1)
    assert.equal(planted('src/log/commit.spec.ts'), 1)
    assert.equal(planted('src/core/commit.ts'), 1)
    assert.equal(planted('examples/shop/common/money.ts'), 1)
    assert.equal(planted('src/Log/commit.ts'), 1)
  })

  it('knows each part that a file can play', () => {
    assert.equal(planted('src/log/group-commit.ts'), 0)
    assert.equal(planted('src/log/store.port.ts'), 0)
    assert.equal(planted('src/adapters/sqlite/sqlite.contract.test.ts'), 0)
    assert.equal(planted('src/language/saga.test-d.ts'), 0)
    assert.equal(planted('bench/log/append.bench.ts'), 0)
  })
})
