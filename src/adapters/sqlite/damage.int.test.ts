import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import type { Commit, Store } from '../../log/store.port.ts'
import { sqliteStores } from './stores.ts'

const partitions = { partitions: 1 }
/** The user that may do the least, on every POSIX system. */
const nobody = 65_534

const openProgram = `
  const [module, folder] = process.argv.slice(1)
  const { sqliteStores } = await import(module)
  const outcome = sqliteStores({ folder }).open('stock', { partitions: 1 })
  const code = await outcome.then(() => 'opened', (error) => error.code)
  process.stdout.write(code)
`

describe('a file that is not a usable store', () => {
  it('is reported as damaged when it is no database', async (context) => {
    const { folder, file } = await temporaryFile(context)
    await writeFile(file, 'to whom it may concern: '.repeat(1_000))

    await assert.rejects(openIn(folder), { code: 'STORE_CORRUPT' })

    await sqliteStores({ folder }).erase('stock')
    const store = await openIn(folder)
    await store[Symbol.asyncDispose]()
  })

  it('is refused, and left as it is, when it is the database of another program', async (context) => {
    const { folder, file } = await temporaryFile(context)
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE customers (name TEXT)')
    other.close()
    const before = await readFile(file)

    await assert.rejects(openIn(folder), { code: 'STORE_CORRUPT', message: /another program/ })

    assert.ok(before.equals(await readFile(file)))
  })

  it('is refused when a newer Dure has written it', async (context) => {
    const { folder, file } = await temporaryFile(context)
    await (await openIn(folder))[Symbol.asyncDispose]()
    const later = new DatabaseSync(file)
    later.exec('PRAGMA user_version = 99')
    later.close()

    await assert.rejects(openIn(folder), { code: 'STORE_NEWER', message: /layout 99/ })
  })

  it('is never read in part when its pages hold something else', async (context) => {
    const { folder, file } = await temporaryFile(context)
    const store = await openIn(folder)
    await store.commit(Array.from({ length: 3_000 }, (_, index) => appendTo(`item/${index}`)))
    await store[Symbol.asyncDispose]()
    const whole = await readFile(file)

    for (const start of [0, 60_000, 61_440, 100_000, 150_001]) {
      await writeFile(file, Buffer.from(whole).fill(0xa5, start, start + 50_000))

      await assert.rejects(readAll(folder), { code: 'STORE_CORRUPT' }, `damaged from ${start}`)
    }
  })

  it('is reported as damaged when an event misses that others lead to', async (context) => {
    const { folder, file } = await temporaryFile(context)
    const store = await openIn(folder)
    const versions = Array.from({ length: 600 }, (_, version) => version)
    await store.commit(versions.map((version) => appendTo('item/1', version)))
    await store[Symbol.asyncDispose]()
    const whole = await readFile(file)
    const damages = [
      'UPDATE log SET stream = 0 WHERE place = 300',
      'DELETE FROM log WHERE place = 300',
    ]

    for (const damage of damages) {
      await writeFile(file, whole)
      const hand = new DatabaseSync(file)
      hand.exec(damage)
      hand.close()
      await using broken = await openIn(folder)

      const read = { kind: 'stream', stream: 'item/1' } as const
      await assert.rejects(broken.snapshot([read]), { code: 'STORE_CORRUPT' })
    }
    await using broken = await openIn(folder)
    const late = await broken.streamEvents({ stream: 'item/1', after: 310, limit: 1_000 })
    const early = await broken.streamEvents({ stream: 'item/1', after: 100, limit: 100 })
    assert.deepEqual([late.length, early.length], [290, 100])
    await assert.rejects(broken.read({ partition: 0, after: 0, limit: 600 }), {
      code: 'STORE_CORRUPT',
    })
  })

  it('is taken for new when it is empty, or was made and nothing came of it', async (context) => {
    const { folder, file } = await temporaryFile(context)
    await writeFile(file, '')
    await (await openIn(folder))[Symbol.asyncDispose]()
    await sqliteStores({ folder }).erase('stock')
    const begun = new DatabaseSync(file)
    begun.exec('PRAGMA journal_mode = WAL')
    begun.close()

    await using store = await openIn(folder)

    assert.deepEqual(await store.heads(), [0])
  })

  it('is reported as unreachable when its folder cannot be one', async (context) => {
    const { folder, file } = await temporaryFile(context)
    await writeFile(file, '')

    const outcome = sqliteStores({ folder: join(file, 'inside') }).open('stock', partitions)

    await assert.rejects(outcome, { code: 'STORE_UNAVAILABLE' })
    await assert.rejects(sqliteStores({ folder }).open('../stock', partitions), {
      code: 'LANGUAGE_DEFINITION_INVALID',
    })
  })
})

describe('a store that may not be written', () => {
  const skip = process.platform === 'win32' ? 'Windows has no such rights.' : false

  it('is refused when its file is read-only', { skip }, async (context) => {
    const { folder, file } = await temporaryFile(context)
    await (await openIn(folder))[Symbol.asyncDispose]()
    await chmod(folder, 0o777)
    await chmod(file, 0o444)

    assertReadOnly(folder)
  })

  it('is refused when its folder is read-only', { skip }, async (context) => {
    const { folder } = await temporaryFile(context)
    await chmod(folder, 0o555)

    assertReadOnly(folder)
    await chmod(folder, 0o755)
  })
})

/** Opens the store in another process, as a user without rights: they mean nothing to root. */
function assertReadOnly(folder: string): void {
  const isRoot = process.getuid?.() === 0
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--conditions=dure-source',
      '--input-type=module',
      `--eval=${openProgram}`,
      import.meta.resolve('./stores.ts'),
      folder,
    ],
    { encoding: 'utf8', ...(isRoot ? { uid: nobody } : {}) },
  )
  assert.equal(stdout, 'STORE_READ_ONLY', stderr)
}

async function temporaryFile(
  context: TestContext,
): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-damage-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return { folder, file: join(folder, 'stock.db') }
}

function openIn(folder: string): Promise<Store> {
  return sqliteStores({ folder }).open('stock', partitions)
}

function appendTo(stream: string, expected = 0): Commit {
  const entry = {
    kind: 'event',
    type: 't',
    schemaVersion: 1,
    stream,
    streamVersion: expected + 1,
    key: stream,
    partition: 0,
    data: '{}',
    meta: '{}',
    atMs: 1,
  } as const
  return { streams: [{ stream, expected, next: expected + 1 }], entries: [entry] }
}

async function readAll(folder: string): Promise<void> {
  await using store = await openIn(folder)
  await store.read({ partition: 0, after: 0, limit: 10_000 })
}
