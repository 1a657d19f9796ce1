import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { assertNone } from './repository/assert-none.ts'
import { readRepository, root, sourcesUnder } from './repository/files.ts'
import { findLayerViolations } from './rules/layers.ts'

function planted(path: string, text: string): readonly string[] {
  return findLayerViolations([{ path, text }])
}

describe('imports follow the map', () => {
  const files = readRepository()

  it('holds in this repository', () => {
    assertNone(findLayerViolations(files))
  })

  it('was looked for in every file of src', () => {
    const listed = globSync('src/**/*.ts', { cwd: root })

    assert.equal(sourcesUnder(files, 'src').length, listed.length)
    assert.ok(listed.length > 20)
  })

  it('lets language import only itself and the types of Standard Schema', () => {
    const path = 'src/language/a.ts'

    assert.equal(planted(path, `import { b } from '../log/b.ts'`).length, 1)
    assert.equal(planted(path, `import type { b } from '../log/b.port.ts'`).length, 1)
    assert.equal(planted(path, `import { b } from '@standard-schema/spec'`).length, 1)
    assert.equal(planted(path, `import { z } from 'zod'`).length, 1)
    assert.equal(planted(path, `import type { b } from '@standard-schema/spec'`).length, 0)
    assert.equal(planted(path, `import { b } from './b.ts'`).length, 0)
  })

  it('keeps capabilities from adapters, the command line and technologies', () => {
    const path = 'src/sagas/a.ts'

    assert.equal(planted(path, `import { b } from '../adapters/memory/b.ts'`).length, 1)
    assert.equal(planted(path, `const b = await import('../adapters/node/b.ts')`).length, 1)
    assert.equal(planted(path, `export { b } from '../cli/b.ts'`).length, 1)
    assert.equal(planted(path, `type B = import('../cli/b.ts').B`).length, 1)
    assert.equal(planted(path, `import { Hono } from 'hono'`).length, 1)
    assert.equal(planted(path, `import { b } from '../../tools/b.ts'`).length, 1)
    assert.equal(planted(path, `import { b } from '../index.ts'`).length, 1)
    assert.equal(planted(path, `import type { S } from '../log/store.port.ts'`).length, 0)
    assert.equal(planted(path, `import { c } from '../log/commit.ts'`).length, 0)
  })

  it('keeps adapters from each other, but for the reference in their tests', () => {
    const memory = `import { b } from '../memory/b.ts'`
    const node = `import { b } from '../node/b.ts'`

    assert.equal(planted('src/adapters/sqlite/a.ts', memory).length, 1)
    assert.equal(planted('src/adapters/sqlite/a.ts', node).length, 1)
    assert.equal(planted('src/adapters/sqlite/a.test.ts', memory).length, 0)
    assert.equal(planted('src/adapters/sqlite/a.test.ts', node).length, 1)
    assert.equal(planted('src/adapters/sqlite/a.ts', `import { b } from './b.ts'`).length, 0)
    assert.equal(planted('src/adapters/sqlite/a.ts', `import pg from 'pg'`).length, 0)
  })

  it('lets only tests use src/testing, and src/testing use only the reference adapters', () => {
    const testing = `import { b } from '../testing/b.ts'`

    assert.equal(planted('src/log/a.ts', testing).length, 1)
    assert.equal(planted('src/cli/a.ts', testing).length, 1)
    assert.equal(planted('src/log/a.test.ts', testing).length, 0)
    assert.equal(
      planted('src/testing/a.ts', `import { b } from '../adapters/memory/b.ts'`).length,
      0,
    )
    assert.equal(planted('src/testing/a.ts', `import { b } from '../adapters/node/b.ts'`).length, 1)
  })

  it('lets the command line and the front door import everything', () => {
    const node = `import { b } from './adapters/node/b.ts'`

    assert.equal(planted('src/index.ts', node).length, 0)
    assert.equal(planted('src/cli/a.ts', `import { b } from '../adapters/node/b.ts'`).length, 0)
  })

  it('refuses a folder that is not on the map', () => {
    assert.equal(planted('src/utils/a.ts', '').length, 1)
    assert.equal(planted('src/adapters/mysql/a.ts', '').length, 1)
    assert.equal(planted('src/adapters/a.ts', '').length, 1)
    assert.equal(planted('src/extra.ts', '').length, 1)
  })
})
