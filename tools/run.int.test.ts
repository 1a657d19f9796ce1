import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, it } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'dure-run-'))

/** Starts a planted program through the runner; each signal is sent once the program has said a line more. */
async function run(text: string, ...signals: readonly NodeJS.Signals[]): Promise<number | null> {
  const file = join(folder, 'program.ts')
  writeFileSync(file, `${text}\nconsole.log('up')\n`)
  const { npm_lifecycle_event: _npm, ...env } = process.env
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.mjs'), file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env,
  })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  for (const signal of signals) {
    await lines.next()
    child.kill(signal)
  }
  const [code] = (await ended) as readonly unknown[]
  return typeof code === 'number' ? code : null
}

describe('the runner', () => {
  after(() => rmSync(folder, { recursive: true }))

  it('gives the exit code of the program', async () => {
    assert.equal(await run('process.exitCode = 7'), 7)
  })

  it('gives 128 and the number of the signal that ended the program', async () => {
    assert.equal(await run(`process.kill(process.pid, 'SIGABRT')`), 134)
  })

  it('passes signals on, and waits for a program that stops in its own time', async () => {
    const stop = `setInterval(() => {}, 1_000); process.on('SIGTERM', () => process.exit(5))`

    assert.equal(await run(stop, 'SIGTERM'), 5)
    assert.equal(await run(stop.replace('SIGTERM', 'SIGINT'), 'SIGINT'), 5)
  })

  it('ends with 128 and the number of a second signal, however the program takes it', async () => {
    const stops = (signal: string): string =>
      `setInterval(() => {}, 1_000); let heard = 0
       process.on('${signal}', () => { heard += 1; console.log(heard); if (heard === 2) process.exit(0) })`
    const stays = stops('SIGTERM').replace('process.exit(0)', 'undefined')

    assert.equal(await run(stops('SIGINT'), 'SIGINT', 'SIGINT'), 130)
    assert.equal(await run(stops('SIGTERM'), 'SIGTERM', 'SIGTERM'), 143)
    assert.equal(await run(stays, 'SIGTERM', 'SIGTERM'), 143)
  })
})
