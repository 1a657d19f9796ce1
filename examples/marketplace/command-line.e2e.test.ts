import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const main = join(import.meta.dirname, 'main.ts')

function start(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, ['--conditions=dure-source', main, ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  })
}

describe('the command line of the marketplace', () => {
  it('ends with 2 and says why when it is not usable', () => {
    const file = join(import.meta.dirname, 'README.md')
    for (const [words, reason] of [
      [['--shoppers', 'x'], /whole number from 0 to 1000/],
      [['--bogus'], /unknown option '--bogus'/],
      [['verify', '--bogus'], /unknown option '--bogus'/],
      [['--data', file], /README\.md" is no folder/],
    ] as const) {
      const { status, stderr } = start(words)

      assert.equal(status, 2, words.join(' '))
      assert.match(stderr, reason)
    }
    assert.equal(start([], { PORT: 'abc' }).status, 2)
  })

  it('ends with 0 when it was asked for help', () => {
    const { status, stdout } = start(['--help'])

    assert.equal(status, 0)
    assert.match(stdout, /--shoppers/)
  })
})
