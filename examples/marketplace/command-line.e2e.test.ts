import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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

const runner = join(import.meta.dirname, '../../tools/run.mjs')

/** Starts the marketplace as `npm start` does, in a process group of its own. */
async function startGroup(folder: string) {
  const { npm_lifecycle_event: _npm, ...variables } = process.env
  const child = spawn(process.execPath, [runner, main, '--shoppers', '0'], {
    env: { ...variables, PORT: '0', DURE_DATA: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const until = async (pattern: RegExp): Promise<void> => {
    for (;;) {
      const { value, done } = await lines.next()
      assert.equal(done, false, `ended before ${String(pattern)}`)
      if (pattern.test(value ?? '')) return
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    // Why the fallback: a process that was started has an id.
    process.kill(-(child.pid ?? Number.NaN), signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }
  return { until, end }
}

describe('one signal to the whole group of the marketplace', () => {
  it('stops it with 0, also while it is filled, and the next start goes on', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'marketplace-'))
    context.after(() => rm(folder, { recursive: true }))
    const first = await startGroup(folder)
    await first.until(/^Ingesting/)
    assert.equal(await first.end('SIGINT'), 0)

    const second = await startGroup(folder)
    await second.until(/^ready/)

    assert.equal(await second.end('SIGTERM'), 0)
  })
})
