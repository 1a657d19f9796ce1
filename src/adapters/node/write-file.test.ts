import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { writeFileWhole } from './write-file.ts'

const root = mkdtempSync(join(tmpdir(), 'dure-write-'))
after(() => rmSync(root, { recursive: true }))

describe('writeFileWhole', () => {
  it('replaces the content and leaves no draft', () => {
    const file = join(root, 'content.txt')

    writeFileWhole(file, 'first')
    writeFileWhole(file, 'second')

    assert.equal(readFileSync(file, 'utf8'), 'second')
    assert.deepEqual(
      readdirSync(root).filter((name) => name.startsWith('content')),
      ['content.txt'],
    )
  })

  it('leaves no draft when it cannot replace what is there', () => {
    const home = join(root, 'home')
    mkdirSync(join(home, 'folder'), { recursive: true })

    assert.throws(() => writeFileWhole(join(home, 'folder'), 'content'))

    assert.deepEqual(readdirSync(home), ['folder'])
  })
})
