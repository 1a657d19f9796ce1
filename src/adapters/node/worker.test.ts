import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type NodeWorker, startWorker } from './worker.ts'

const folder = mkdtempSync(join(tmpdir(), 'dure-worker-'))
const running: NodeWorker<unknown, unknown>[] = []
after(async () => {
  await Promise.all(running.map((worker) => worker.stop()))
  rmSync(folder, { recursive: true })
})

/** Starts a thread whose `open` has this body. */
function start(name: string, open: string): NodeWorker<unknown, unknown> {
  const file = join(folder, `${name}.ts`)
  const from = join(import.meta.dirname, 'worker.ts')
  writeFileSync(
    file,
    `import { serveOrders } from '${from}'\nserveOrders(async (setup) => { ${open} })`,
  )
  const worker = startWorker<unknown, unknown>(pathToFileURL(file), { factor: 3 })
  running.push(worker)
  return worker
}

describe('a worker', () => {
  it('answers one order after the other, with what it was set up with', async () => {
    const worker = start('times', 'return async (order) => order * setup.factor')

    assert.deepEqual([await worker.do(2), await worker.do(5)], [6, 15])
  })

  it('tells why an order failed, and why it could not begin', async () => {
    const failing = start('failing', 'return async (order) => { throw new Error(`no ${order}`) }')
    const unready = start('unready', 'throw new Error("no file")')

    await assert.rejects(failing.do('tea'), { code: 'WORKER_DIED', message: /no tea/ })
    await assert.rejects(unready.do(1), { code: 'WORKER_DIED', message: /no file/ })
  })

  it('says that it has died, in the middle of an order and at every later one', async () => {
    const worker = start('dying', 'return async () => { process.exit(4) }')

    await assert.rejects(worker.do(1), { code: 'WORKER_DIED', message: /It ended with 4/ })
    await assert.rejects(worker.do(2), { code: 'WORKER_DIED', message: /It ended with 4/ })
  })

  it('dies of what nobody catches', async () => {
    const worker = start(
      'bad',
      'return () => new Promise(() => void setImmediate(() => { throw new Error("oh") }))',
    )

    await assert.rejects(worker.do(1), { code: 'WORKER_DIED', message: /oh/ })
  })

  it('can be stopped in the middle of an order', async () => {
    const worker = start('endless', 'return () => new Promise(() => undefined)')
    const order = worker.do(1)

    await Promise.all([assert.rejects(order, { code: 'WORKER_DIED' }), worker.stop()])
  })
})
