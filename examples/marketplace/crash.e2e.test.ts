import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { inventory, smallCatalogue } from './generate.ts'
import { audit } from './verify/audit.ts'
import { createMarket } from './verify/market.ts'

interface Process {
  readonly url: string
  readonly child: ChildProcess
  /** Resolves when the process has told of so many lines of activity. */
  lines(count: number): Promise<void>
}

/** Starts the marketplace, and waits until it is ready. Directly: a signal must reach the very process. */
async function start(context: TestContext, folder: string, shoppers: number): Promise<Process> {
  const flags = ['--conditions=dure-source', '--disable-warning=ExperimentalWarning']
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [...flags, main, `--shoppers=${shoppers}`], {
    env: { ...process.env, PORT: '0', DURE_DATA: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => child.kill('SIGKILL'))
  const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let url = ''
  for (;;) {
    const { value, done } = await output.next()
    if (done) throw new assert.AssertionError({ message: 'the marketplace ended by itself' })
    url = /^gateway\s+(http\S+)/.exec(value)?.[1] ?? url
    if (value.startsWith('ready')) break
  }
  return {
    url,
    child,
    async lines(count) {
      for (let line = 0; line < count; line += 1) await output.next()
    },
  }
}

async function end({ child }: Process, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

describe('the marketplace when its process is killed', () => {
  it('loses and doubles nothing, and stops with 0 when it is asked to', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'marketplace-'))
    context.after(() => rm(folder, { recursive: true }))

    for (let round = 0; round < 3; round += 1) {
      const running = await start(context, folder, 24)
      await running.lines(2 + round)
      await end(running, 'SIGKILL')
    }
    const survivor = await start(context, folder, 0)
    const { sellers, customers } = smallCatalogue
    const scope = { sellers, customers, inventory }
    const report = await audit(createMarket(survivor.url), scope)

    assert.ok(report.orders > 50, `${report.orders} orders`)
    assert.equal(await end(survivor, 'SIGTERM'), 0)
  })
})
