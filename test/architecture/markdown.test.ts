import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { readRepository, root } from './repository/files.ts'
import { findMarkdownFaults } from './rules/markdown.ts'

function planted(text: string, path = 'docs/a.md'): readonly string[] {
  return findMarkdownFaults([{ path, text }], (target) => target === 'docs/b.md')
}

describe('pages have one title and links that lead somewhere', () => {
  it('holds in this repository', () => {
    const files = readRepository()

    assert.ok(files.some(({ path }) => path === 'CONTRIBUTING.md'))
    assertNone(findMarkdownFaults(files, (path) => existsSync(join(root, path))))
  })

  it('sees a missing title and a second one, but not a comment in code', () => {
    assert.equal(planted('text').length, 1)
    assert.equal(planted('# One\n\n# Two\n').length, 1)
    assert.equal(planted('# One\n\n```sh\n# two\n```\n').length, 0)
  })

  it('sees a dead relative link, and leaves the others alone', () => {
    assert.equal(planted('# One\n[x](c.md)').length, 1)
    assert.equal(planted('# One\n[x](/docs/b.md)').length, 1)
    assert.equal(planted('# One\n![x](c.svg "title")').length, 1)
    assert.equal(planted('# One\n[x](b.md#part) [y](#here) [z](https://example.com)').length, 0)
    assert.equal(planted('# One\n`[x](c.md)`').length, 0)
  })

  it('wants a changelog that has room for the next release', () => {
    assert.equal(planted('# Changelog\n', 'CHANGELOG.md').length, 1)
    assert.equal(planted('# Changelog\n\n## Unreleased\n', 'CHANGELOG.md').length, 0)
  })
})
