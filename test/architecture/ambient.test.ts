import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ambientExceptions } from './exceptions.ts'
import { assertNone } from './repository/assert-none.ts'
import { readRepository, shippedSources } from './repository/files.ts'
import { findAmbientUses } from './rules/ambient.ts'

function planted(text: string, path = 'src/log/a.ts'): number {
  return findAmbientUses([{ path, text }]).length
}

describe('time, chance and the world come through ports', () => {
  const files = readRepository()

  it('holds in this repository', () => {
    assert.ok(shippedSources(files).length > 15)
    assertNone(findAmbientUses(files, ambientExceptions))
  })

  it('sees each way to the world', () => {
    assert.equal(planted('export const now = Date.now()'), 1)
    assert.equal(planted('export const now = () => new Date()'), 1)
    assert.equal(planted('setTimeout(() => {}, 1)'), 1)
    assert.equal(planted('export const chance = Math.random()'), 1)
    assert.equal(planted(`export const chance = Math['random']()`), 1)
    assert.equal(planted('const { random } = Math'), 1)
    assert.equal(planted('export const id = crypto.randomUUID()'), 1)
    assert.equal(planted('export const debug = process.env.DEBUG'), 1)
    assert.equal(planted('export const time = globalThis.Date'), 1)
    assert.equal(planted('export const give = { fetch }'), 1)
    assert.equal(planted('AbortSignal.timeout(1)'), 1)
    assert.equal(planted('export const now = (Date as unknown as Clock).now()'), 1)
    assert.equal(planted(`import { readFile } from 'node:fs/promises'`), 1)
    assert.equal(planted(`import { readFile } from 'fs'`), 1)
    assert.equal(planted(`const fs = await import('node:fs')`), 1)
  })

  it('tells a global from a name of the own', () => {
    assert.equal(planted('export const ask = (fetch: Fetch) => fetch()'), 0)
    assert.equal(planted(`import { performance } from './clock.ts'\nperformance.now()`), 0)
    assert.equal(planted('export const a = clock.Date + { process: 1 }.process'), 0)
    assert.equal(planted('export function f({ console }: Kit) { console.log() }'), 0)
    assert.equal(planted('export const top = Math.max(1, 2)'), 0)
    assert.equal(planted('export interface Facts { readonly at: Date; process(): void }'), 0)
    assert.equal(planted('export const digest = crypto.subtle.digest'), 0)
  })

  it('is not blinded by a name that is declared elsewhere in the file', () => {
    const text = 'export const a = (fetch: F) => fetch()\nexport const b = () => fetch()'

    assert.equal(planted(text), 1)
  })

  it('leaves adapters, the command line and tests alone, and lets suites assert', () => {
    const text = `import 'node:fs'\nconsole.log(Date.now())`

    assert.equal(planted(text, 'src/adapters/node/a.ts'), 0)
    assert.equal(planted(text, 'src/cli/a.ts'), 0)
    assert.equal(planted(text, 'src/log/a.test.ts'), 0)
    assert.equal(planted(`import assert from 'node:assert/strict'`, 'src/testing/a.ts'), 0)
    assert.equal(planted(text, 'src/testing/a.ts'), 3)
  })

  it('takes an exception for the pure part of a global, and only while it is used', () => {
    const exception = { file: 'src/log/a.ts', name: 'Date', reason: 'planted' }
    const find = (text: string): readonly string[] =>
      findAmbientUses([{ path: 'src/log/a.ts', text }], [exception])

    assert.deepEqual(find('export const text = new Date(1).toISOString()'), [])
    assert.equal(find('export const a = [new Date(1), Date.now()]').length, 1)
    assert.equal(find('export const a = [new Date(1), new Date()]').length, 1)
    assert.match(find('')[0] ?? '', /no longer uses Date/)
  })
})
