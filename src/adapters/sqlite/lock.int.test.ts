import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { DureError } from '../../language/errors.ts'
import { sqliteStores } from './stores.ts'

const partitions = { partitions: 1 }

describe('the lock of a store', () => {
  it('refuses a second process, and names the file and the first one', async (context) => {
    const { folder, holder } = await holdInOtherProcess(context)

    const outcome = sqliteStores({ folder }).open('stock', partitions)

    await assert.rejects(outcome, (thrown) => {
      assert.ok(thrown instanceof DureError)
      assert.equal(thrown.code, 'STORE_LOCKED')
      assert.ok(thrown.message.includes(join(folder, 'stock.db')))
      assert.ok(thrown.message.includes(`process ${holder.pid}`))
      assert.equal(thrown.details['pid'], holder.pid)
      return true
    })
  })

  it('lets nobody erase what another process has open', async (context) => {
    const { folder, holder } = await holdInOtherProcess(context)

    await assert.rejects(sqliteStores({ folder }).erase('stock'), { code: 'STORE_LOCKED' })

    await end(holder, 'SIGTERM')
    const store = await sqliteStores({ folder }).open('stock', partitions)
    assert.equal((await store.results(['held'])).size, 1)
    await store[Symbol.asyncDispose]()
  })

  it('is free at once when its process was killed, and nothing is lost', async (context) => {
    const { folder, holder } = await holdInOtherProcess(context)

    await end(holder, 'SIGKILL')

    const store = await sqliteStores({ folder }).open('stock', partitions)
    assert.equal((await store.results(['held'])).get('held'), '"kept"')
    await store[Symbol.asyncDispose]()
  })

  it('says so when it is this very process that has the store open', async (context) => {
    const folder = await temporaryFolder(context)
    await using store = await sqliteStores({ folder }).open('stock', partitions)

    const outcome = sqliteStores({ folder }).open('stock', partitions)

    await assert.rejects(outcome, { code: 'STORE_LOCKED', message: /is open in this process/ })
    assert.deepEqual(await store.heads(), [0])
  })

  it('leaves no file but the store behind after closing, and none after erasing', async (context) => {
    const folder = await temporaryFolder(context)
    const file = join(folder, 'stock.db')
    const others = ['-wal', '-shm', '-journal', '.pid'].map((suffix) => `${file}${suffix}`)
    const stores = sqliteStores({ folder })
    const store = await stores.open('stock', partitions)

    await store[Symbol.asyncDispose]()
    const closed = [existsSync(file), ...others.map((name) => existsSync(name))]
    await stores.erase('stock')

    assert.deepEqual(closed, [true, false, false, false, false])
    assert.ok(!existsSync(file))
  })
})

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-lock-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Another process that has the store of `stock` open and has committed the id `held`. */
async function holdInOtherProcess(
  context: TestContext,
): Promise<{ readonly folder: string; readonly holder: ChildProcess }> {
  const folder = await temporaryFolder(context)
  const program = `
    import { sqliteStores } from ${JSON.stringify(import.meta.resolve('./stores.ts'))}
    const folder = ${JSON.stringify(folder)}
    const store = await sqliteStores({ folder }).open('stock', { partitions: 1 })
    await store.commit([{ id: 'held', fingerprint: 'f', result: '"kept"' }])
    process.stdin.resume()
    console.log('open')
  `
  const holder = spawn(
    process.execPath,
    ['--conditions=dure-source', '--input-type=module', '--eval', program],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  context.after(() => end(holder, 'SIGKILL'))
  await once(holder.stdout, 'data')
  return { folder, holder }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
