// What a store does when its server is cut off, frozen, restarted, full or read-only.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { postgresStores, type PostgresStoresOptions } from '../../src/adapters/postgres/index.ts'
import type { Store } from '../../src/log/store.port.ts'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { openCuttingProxy } from './cutting-proxy.ts'
import { codeOf, idsInLog, insist, placed } from './orders.ts'

const partitions = { partitions: 1 }
/** Short, so that a frozen server is noticed soon. */
const limits = { connectMs: 1_000, commitMs: 500, readMs: 500, lockMs: 400 }

describe('a store whose server fails', { skip: whyNoPrivatePostgres() }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  async function open(
    context: TestContext,
    options: Partial<PostgresStoresOptions> = {},
  ): Promise<Store & { readonly database: string }> {
    const url = options.url ?? (await server.createDatabase())
    const stores = postgresStores({ url, durability: 'relaxed', ...options })
    const store = await stores.open('stock', partitions)
    context.after(() => store[Symbol.asyncDispose]())
    return { ...store, database: new URL(String(url)).pathname.slice(1) }
  }

  it('does not know whether a commit was kept when its connection was ended over it, and then does', async (context) => {
    const store = await open(context)
    await using blocked = await blockCommits(server, store.database)
    const attempt = codeOf(store.commit([placed('a')]))
    await blocked.untilSomebodyWaits()

    await server.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      store.database,
    )

    assert.equal(await attempt, 'LOG_COMMIT_UNKNOWN')
    assert.deepEqual(await store.results(['a']), new Map())
    await blocked.release()
    assert.deepEqual(await store.commit([placed('a')]), [{ kind: 'committed', positions: [1] }])
  })

  it('finds a commit that was kept although its answer was lost', async (context) => {
    const url = await server.createDatabase()
    await using proxy = await openCuttingProxy(url)
    const store = await open(context, { url: proxy.url })
    await store.commit([placed('a')])
    const cut = proxy.cutAnswerTo('order/b')

    const code = await codeOf(store.commit([placed('b')]))

    await cut
    assert.equal(code, 'LOG_COMMIT_UNKNOWN')
    assert.deepEqual(await insist(() => store.results(['b'])), new Map([['b', '"b"']]))
    const again = await store.commit([placed('b')])
    assert.deepEqual(again, [{ kind: 'duplicate', result: '"b"' }])
    assert.deepEqual(await idsInLog(store), ['a', 'b'])
  })

  it('gives a frozen server up in time, and what it says afterwards stays true', async (context) => {
    const store = await open(context, { limits })
    await store.commit([placed('a')])
    await store.heads()
    server.freeze()
    const [commit, read] = [codeOf(store.commit([placed('b')])), codeOf(store.heads())]

    assert.equal(await commit, 'LOG_COMMIT_UNKNOWN')
    assert.equal(await read, 'STORE_UNAVAILABLE')
    assert.equal(await codeOf(store.results(['b'])), 'STORE_UNAVAILABLE')
    server.thaw()

    const isKept = (await insist(() => store.results(['b']))).has('b')
    assert.deepEqual(await idsInLog(store), isKept ? ['a', 'b'] : ['a'])
    const [verdict] = await insist(() => store.commit([placed('b')]))
    assert.equal(verdict?.kind, isKept ? 'duplicate' : 'committed')
  })

  it('says that it cannot be reached while the server is away, and goes on when it is back', async (context) => {
    const store = await open(context)
    await store.commit([placed('a')])
    await server.stop()

    const codes = [await codeOf(store.heads()), await codeOf(store.commit([placed('b')]))]
    await server.start()

    // The first commit may go out over the connection that has just died.
    assert.equal(codes[0], 'STORE_UNAVAILABLE')
    assert.match(codes[1] ?? '', /^(?:STORE_UNAVAILABLE|LOG_COMMIT_UNKNOWN)$/)
    await insist(() => store.commit([placed('b')]))
    assert.deepEqual(await idsInLog(store), ['a', 'b'])
  })

  it('gives up a lock that somebody holds, with nothing applied', async (context) => {
    const store = await open(context, { limits })
    await using blocked = await blockCommits(server, store.database)

    assert.equal(await codeOf(store.commit([placed('a')])), 'STORE_UNAVAILABLE')

    assert.equal((await store.results(['a'])).size, 0)
    await blocked.release()
    assert.equal((await store.commit([placed('a')]))[0]?.kind, 'committed')
  })

  it('refuses commits while the database takes no writes, and can be read', async (context) => {
    const store = await open(context, { limits: { ...limits, idleMs: 1 } })
    await store.commit([placed('a')])
    await server.run(
      `ALTER DATABASE ${store.database} SET default_transaction_read_only = on;
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${store.database}' AND pid <> pg_backend_pid()`,
    )

    const codes = await Promise.all([
      insistUntil('STORE_READ_ONLY', () => store.commit([placed('b')])),
      insist(() => idsInLog(store)),
    ])

    assert.deepEqual(codes, ['STORE_READ_ONLY', ['a']])
    await server.run(
      `ALTER DATABASE ${store.database} RESET default_transaction_read_only;
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${store.database}' AND pid <> pg_backend_pid()`,
    )
    const verdicts = await insist(() => retryWhileReadOnly(() => store.commit([placed('b')])))
    assert.notEqual(verdicts[0]?.kind, 'conflict')
    assert.deepEqual(await idsInLog(store), ['a', 'b'])
  })

  it('keeps commits and reads apart: reads that take all their connections hold no commit up', async (context) => {
    const store = await open(context, { limits: { readersMax: 1 } })
    await store.commit([placed('a')])
    await using lock = await holdTable(server, store.database, 'timers')
    const stuck = codeOf(store.countTimers())
    await lock.untilSomebodyWaits()

    const verdicts = await store.commit([placed('b')])

    assert.equal(verdicts[0]?.kind, 'committed')
    await lock.release()
    assert.equal(await stuck, 'no error')
  })

  const disk = mountSmallDisk()
  it('says that the disk is full, keeps what was answered, and goes on when there is room', {
    skip: disk.skip,
  }, async (context) => {
    context.after(() => {
      spawnSync('/bin/umount', ['-l', disk.folder])
      rmdirSync(disk.folder)
    })
    chownSync(disk.folder, 65_534, 65_534)
    await server.run(`CREATE TABLESPACE small LOCATION '${disk.folder}'`)
    const url = await server.createDatabase()
    const database = new URL(url).pathname.slice(1)
    await server.run(`ALTER DATABASE ${database} SET TABLESPACE small`)
    const store = await open(context, { url })
    await server.run(
      'CREATE TABLE filler AS SELECT repeat(md5(n::text), 8) FROM generate_series(1, 9000) n',
      database,
    )
    // A full database lets nobody in: the connection for reads has to be there before.
    await store.heads()
    let answered = 0
    const fill = async (): Promise<void> => {
      for (; answered < 100_000; answered += 1) {
        const { entries = [], ...rest } = placed(`c${answered}`)
        const long = entries.map((entry) => ({
          ...entry,
          data: randomBytes(20_000).toString('hex'),
        }))
        await store.commit([{ ...rest, entries: long }])
      }
    }

    assert.equal(await codeOf(fill()), 'STORE_FULL')

    assert.equal((await idsInLog(store)).length, answered)
    await server.run('DROP TABLE filler', database)
    assert.equal((await store.commit([placed('after')]))[0]?.kind, 'committed')
    assert.equal((await idsInLog(store)).length, answered + 1)
    await store[Symbol.asyncDispose]()
    await server.run(`DROP DATABASE ${database} WITH (FORCE)`)
    await server.run('DROP TABLESPACE small')
  })
})

/** Holds the lock that every commit takes, from another session. */
function blockCommits(server: PrivatePostgres, database: string): Promise<Held> {
  return hold(server, database, 'SELECT * FROM dure_stock.head FOR UPDATE')
}

function holdTable(server: PrivatePostgres, database: string, table: string): Promise<Held> {
  return hold(server, database, `LOCK TABLE dure_stock.${table} IN ACCESS EXCLUSIVE MODE`)
}

interface Held extends AsyncDisposable {
  release(): Promise<void>
  untilSomebodyWaits(): Promise<void>
}

async function hold(server: PrivatePostgres, database: string, sql: string): Promise<Held> {
  const session = await server.connect(database)
  await session.query(`BEGIN; ${sql}`)
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '${database}'`
  let isHeld = true
  const release = async (): Promise<void> => {
    if (!isHeld) return
    isHeld = false
    await session.query('ROLLBACK')
    await session.end()
  }
  return {
    release,
    async untilSomebodyWaits() {
      while ((await server.run(waiting)).length === 0);
    },
    [Symbol.asyncDispose]: release,
  }
}

async function insistUntil(code: string, attempt: () => Promise<unknown>): Promise<string> {
  for (;;) {
    const found = await codeOf(attempt())
    if (found === code || found === 'no error') return found
  }
}

async function retryWhileReadOnly<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const outcome = attempt()
    const code = await codeOf(outcome)
    if (code !== 'STORE_READ_ONLY') return outcome
  }
}

/** A disk of its own of a few megabytes, where the machine lets us make one. */
function mountSmallDisk(): { readonly folder: string; readonly skip: string | false } {
  if (whyNoPrivatePostgres()) return { folder: '', skip: 'no Postgres' }
  const folder = mkdtempSync(join(tmpdir(), 'dure-small-disk-'))
  const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', folder])
  if (mounted.status === 0) return { folder, skip: false }
  rmdirSync(folder)
  return { folder: '', skip: 'no right to mount a small disk' }
}
