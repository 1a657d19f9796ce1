import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { readRepository } from './repository/files.ts'
import { findLeftOvers } from './rules/left-overs.ts'

function planted(text: string): number {
  return findLeftOvers([{ path: 'src/log/a.ts', text }]).length
}

describe('nothing is left over', () => {
  it('holds in this repository', () => {
    const files = readRepository()

    assert.ok(files.length > 50)
    assertNone(findLeftOvers(files))
  })

  it('sees work that is put off', () => {
    assert.equal(planted('// TODO: later'), 1)
    assert.equal(planted('/** FIXME */'), 1)
    assert.equal(planted(`export const text = 'TODO'`), 0)
  })

  it('sees code in a comment', () => {
    assert.equal(planted('// const a = 1'), 1)
    assert.equal(planted(`// import { a } from './a.ts'`), 1)
    assert.equal(planted('// return append(a)'), 1)
    assert.equal(planted('// await append(a)'), 1)
    assert.equal(planted('/* if (a) { b() } */'), 1)
    assert.equal(planted('// state.count = 1'), 1)
  })

  it('lets sentences and shown code be', () => {
    assert.equal(planted('// A sentence (with a bracket).'), 0)
    assert.equal(planted('// cursor'), 0)
    assert.equal(planted('// a = b in the picture above, and c() follows.'), 0)
    assert.equal(planted('/**\n * @example\n * const a = 1\n */'), 0)
  })
})
