import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { DureError } from '../../language/errors.ts'
import type { Commit, Store } from '../../log/store.port.ts'
import { sqliteStores } from './stores.ts'

const partitions = { partitions: 1 }
const batchSize = 8
/** More than any limit below lets through. */
const batchesMax = 5_000

/** Commits until that fails, and tells how: the code, how many were answered, how many can be read. */
const fillProgram = `
  const [module, folder] = process.argv.slice(1)
  const { sqliteStores } = await import(module)
  const store = await sqliteStores({ folder }).open('stock', { partitions: 1 })
  const data = 'x'.repeat(5000)
  const entry = { kind: 'event', type: 't', schemaVersion: 1, key: 'k', partition: 0, data, meta: '', atMs: 1 }
  let answered = 0
  let code = ''
  while (code === '' && answered < 5000) {
    await store.commit([{ entries: [entry] }]).then(() => (answered += 1), (error) => (code = error.code))
  }
  const entries = await store.read({ partition: 0, after: 0, limit: 10000 })
  process.stdout.write([code, answered, entries.length].join(' '))
`

describe('a store without room', () => {
  it('says so at its maximum, keeps what was answered, and goes on when it may grow', async (context) => {
    const folder = await temporaryFolder(context)
    const small = await sqliteStores({ folder, bytesMax: 400_000 }).open('stock', partitions)

    const { answered, error } = await fill(small)

    assert.equal(error.code, 'STORE_FULL')
    await assertHolds(small, answered)
    await small[Symbol.asyncDispose]()
    await using large = await sqliteStores({ folder, bytesMax: 4_000_000 }).open(
      'stock',
      partitions,
    )
    await large.commit([appendTo(answered), appendTo(answered + 1)])
    await assertHolds(large, answered + 2)
  })

  const disk = mountSmallDisk()
  it('says so on a full disk, and goes on when there is room', {
    skip: disk.skip,
  }, async (context) => {
    const { folder } = disk
    context.after(() => {
      spawnSync('/bin/umount', [folder])
      rmdirSync(folder)
    })
    const filler = join(folder, 'filler')
    await writeFile(filler, Buffer.alloc(2 * 1024 * 1024))
    await using store = await sqliteStores({ folder }).open('stock', partitions)

    const { answered, error } = await fill(store)

    assert.equal(error.code, 'STORE_FULL')
    await assertHolds(store, answered)
    await assert.rejects(
      store.commit(Array.from({ length: 999 }, (_, index) => appendTo(answered + index))),
    )
    await rm(filler)
    await store.commit([appendTo(answered)])
    await assertHolds(store, answered + 1)
  })

  it('never answers a commit that the file could not take', {
    skip: noShell(),
  }, async (context) => {
    const folder = await temporaryFolder(context)
    const module = import.meta.resolve('./stores.ts')
    // Beyond this size every write fails, as on a broken disk: SQLite cannot tell how much of it was kept.
    const command = 'ulimit -f 600; exec "$0" "$@"'
    const node = ['--conditions=dure-source', '--input-type=module', `--eval=${fillProgram}`]

    const child = spawnSync('sh', ['-c', command, process.execPath, ...node, module, folder], {
      encoding: 'utf8',
    })

    const [code, answered, held] = child.stdout.split(' ')
    await using store = await sqliteStores({ folder }).open('stock', partitions)
    const head = (await store.heads())[0] ?? 0
    assert.deepEqual([code, held], ['LOG_COMMIT_UNKNOWN', answered], child.stderr)
    assert.ok(
      Number(answered) > 0 && head >= Number(answered),
      `${head} kept, ${answered} answered`,
    )
    assert.ok(head <= Number(answered) + 1)
  })
})

describe('the write-ahead log', () => {
  it('stays bounded while a store is written', async (context) => {
    const folder = await temporaryFolder(context)
    await using store = await sqliteStores({ folder }).open('stock', partitions)
    let walBytesMax = 0

    for (let batch = 0; batch < 60; batch += 1) {
      await store.commit(Array.from({ length: 500 }, (_, index) => appendTo(batch * 500 + index)))
      const { size } = await stat(join(folder, 'stock.db-wal'))
      walBytesMax = Math.max(walBytesMax, size)
    }

    const { size } = await stat(join(folder, 'stock.db'))
    assert.ok(size > 20 * 1024 * 1024, `the file has only ${size} bytes`)
    assert.ok(walBytesMax < 20 * 1024 * 1024, `the log had ${walBytesMax} bytes`)
  })
})

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-full-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A disk of four megabytes of its own; needs the right to mount. */
function mountSmallDisk(): { readonly folder: string; readonly skip: string | false } {
  const folder = mkdtempSync(join(tmpdir(), 'dure-disk-'))
  const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder])
  if (mounted.status === 0) return { folder, skip: false }
  rmdirSync(folder)
  return { folder, skip: 'Mounting a small disk needs root on Linux.' }
}

function noShell(): string | false {
  return process.platform === 'win32' ? 'Windows has no limit on the size of files.' : false
}

interface Filled {
  /** How many commits were answered. */
  readonly answered: number
  readonly error: DureError
}

async function fill(store: Store): Promise<Filled> {
  for (let batch = 0; batch < batchesMax; batch += 1) {
    const first = batch * batchSize
    const commits = Array.from({ length: batchSize }, (_, index) => appendTo(first + index))
    try {
      await store.commit(commits)
    } catch (thrown) {
      assert.ok(thrown instanceof DureError)
      return { answered: first, error: thrown }
    }
  }
  assert.fail('the store never ran out of room')
}

function appendTo(index: number): Commit {
  const stream = `item/${index}`
  const entry = {
    kind: 'event',
    type: 't',
    schemaVersion: 1,
    stream,
    streamVersion: 1,
    key: stream,
    partition: 0,
    data: JSON.stringify('x'.repeat(1_000)),
    meta: '{}',
    atMs: 1,
  } as const
  const identity = { id: stream, fingerprint: 'f', result: '{}' }
  return { ...identity, streams: [{ stream, expected: 0, next: 1 }], entries: [entry] }
}

async function assertHolds(store: Store, answered: number): Promise<void> {
  const entries = await store.read({ partition: 0, after: 0, limit: 100_000 })
  assert.deepEqual(
    entries.map(({ position, key }) => `${position} ${key}`),
    Array.from({ length: answered }, (_, index) => `${index + 1} item/${index}`),
  )
  assert.deepEqual(await store.heads(), [answered])
  assert.equal((await store.results([`item/${answered}`])).size, 0)
}
