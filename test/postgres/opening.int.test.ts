// Who may open a store, what is made then, and what is refused.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { postgresStores, type PostgresStoresOptions } from '../../src/adapters/postgres/index.ts'
import {
  openPostgres,
  type PostgresServer,
  startPostgres,
  whyNoPostgres,
  whyNoPrivatePostgres,
} from '../servers/postgres.ts'
import { idsInLog, placed } from './orders.ts'

const partitions = { partitions: 1 }

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

/** The same database, for another user. */
function withUser(url: string, user: string, password = 'secret-word'): string {
  const other = new URL(url)
  other.username = user
  other.password = password
  return other.href
}

describe('a store of Postgres', { skip: whyNoPostgres() }, () => {
  let server: PostgresServer
  let url: string
  const relaxed = (
    options: Partial<PostgresStoresOptions> = {},
  ): ReturnType<typeof postgresStores> => postgresStores({ url, durability: 'relaxed', ...options })
  before(async () => {
    server = await openPostgres()
    url = await server.createDatabase()
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
  })

  it('works as a role that sees no schema of another service, and cannot change the log', async () => {
    const stores = relaxed({ prefix: 'apart' })
    await using stock = await stores.open('stock', partitions)
    await using order = await stores.open('order', partitions)
    await stock.commit([placed('a')])
    await order.commit([placed('b')])
    const session = await server.connect(nameOf(url))

    await session.query('SET ROLE apart_stock')

    const own = await session.query('SELECT count(*)::integer AS count FROM apart_stock.log')
    assert.deepEqual(own.rows, [{ count: 1 }])
    const forbidden = [
      'SELECT * FROM apart_order.log',
      'SELECT * FROM apart_order.facts',
      `SELECT apart_order.make_room(1, 1)`,
      'DELETE FROM apart_stock.log',
      `UPDATE apart_stock.log SET data = ''`,
      `UPDATE apart_stock.commands SET result = ''`,
      'DROP TABLE apart_stock.log',
      'CREATE TABLE apart_stock.other ()',
    ]
    for (const sql of forbidden) await assert.rejects(session.query(sql), { code: '42501' }, sql)
    await session.end()
  })

  it('gives the user of its URL the rights of one service, where another one owns the schemas', async () => {
    await server.run(`CREATE ROLE stock_user LOGIN; CREATE ROLE order_user LOGIN`)
    const stores = relaxed({
      ownerUrl: url,
      prefix: 'owned',
      url: (service) => withUser(url, `${service}_user`),
    })
    await using stock = await stores.open('stock', partitions)
    await using order = await stores.open('order', partitions)

    await stock.commit([placed('a')])

    assert.deepEqual(await idsInLog(stock), ['a'])
    assert.deepEqual(await idsInLog(order), [])
    const session = await server.connect(nameOf(url))
    await session.query('SET ROLE stock_user')
    await assert.rejects(session.query('SELECT * FROM owned_order.log'), { code: '42501' })
    await session.end()
  })

  it('is made once when several processes open it at the same time', async () => {
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => relaxed({ prefix: 'once' }).open('stock', partitions)),
    )

    assert.equal(new Set(opened.map(({ incarnation }) => incarnation)).size, 1)
    await Promise.all(opened.map((store, index) => store.commit([placed(`c${index}`)])))
    const [first] = opened
    assert.ok(first)
    assert.equal((await idsInLog(first)).length, 6)
    await Promise.all(opened.map((store) => store[Symbol.asyncDispose]()))
  })

  it('is refused, and not touched, when a newer Dure has written it', async () => {
    const stores = relaxed({ prefix: 'newer' })
    await (await stores.open('stock', partitions))[Symbol.asyncDispose]()
    await server.run(`UPDATE newer_stock.facts SET value = '99' WHERE name = 'layout'`, nameOf(url))

    await assert.rejects(stores.open('stock', partitions), { code: 'STORE_NEWER' })

    const rows = await server.run(
      `SELECT value FROM newer_stock.facts WHERE name = 'layout'`,
      nameOf(url),
    )
    assert.deepEqual(rows, [{ value: '99' }])
  })

  it('takes no commits and gives nothing once somebody has erased it, also when it was made anew', async () => {
    const stores = relaxed({ prefix: 'erased' })
    await using former = await stores.open('stock', partitions)
    await former.commit([placed('a')])
    await stores.erase('stock')

    await assert.rejects(former.commit([placed('b')]), { code: 'STORE_UNAVAILABLE' })
    await using next = await stores.open('stock', partitions)

    await assert.rejects(former.commit([placed('c')]), { code: 'STORE_UNAVAILABLE' })
    assert.notEqual(next.incarnation, former.incarnation)
    assert.deepEqual(await idsInLog(next), [])
  })

  it('says which URL cannot be used without a word of it', async () => {
    const wrong = ['not a url with secret-word', 'http://user:secret-word@host/db']
    for (const each of wrong) {
      await assert.rejects(relaxed({ url: each }).open('stock', partitions), (error) => {
        assert.doesNotMatch(inspect(error, { depth: 9 }), /secret-word/)
        return true
      })
    }
    const unreachable = withUser('postgres://127.0.0.1:1/nowhere', 'user')
    await assert.rejects(relaxed({ url: unreachable }).open('stock', partitions), (error) => {
      assert.match(inspect(error), /STORE_UNAVAILABLE/)
      assert.doesNotMatch(inspect(error, { depth: 9 }), /secret-word/)
      return true
    })
  })

  it('keeps names apart that are longer than the database takes, and refuses too many partitions', async () => {
    const stores = relaxed({ prefix: 'a-rather-long-prefix' })
    const [one, other] = [`${'s'.repeat(61)}1`, `${'s'.repeat(61)}2`]
    await using first = await stores.open(one, partitions)
    await using second = await stores.open(other, partitions)

    await first.commit([placed('a')])

    assert.deepEqual(await idsInLog(second), [])
    const tooMany = { partitions: 1_025 }
    await assert.rejects(stores.open('wide', tooMany), { code: 'INTERNAL_DEFECT' })
  })

  it('finds documents by a value that is longer than an index takes', async () => {
    await using store = await relaxed({ prefix: 'long' }).open('stock', partitions)
    const value = 'x'.repeat(10_000)
    const index = [['by-text', value]] as const
    await store.commit([{ documents: [{ view: 'v', key: 'k', expected: 0, value: '1', index }] }])

    const find = { kind: 'find', view: 'v', index: 'by-text', limit: 9 } as const
    const answers = await store.snapshot([
      { ...find, value },
      { ...find, value: `${value}x` },
    ])

    assert.deepEqual(
      answers.map((answer) => answer.kind === 'documents' && answer.documents.length),
      [1, 0],
    )
  })

  it('makes chunks of its log ahead, and says what misses when some were detached', async () => {
    await using store = await relaxed({ prefix: 'chunks', chunkPositions: 8 }).open(
      'stock',
      partitions,
    )
    // More than is made ahead, in one batch.
    await store.commit(Array.from({ length: 60 }, (_, index) => placed(`c${index}`)))
    for (let index = 60; index < 100; index += 1) await store.commit([placed(`c${index}`)])
    assert.equal((await idsInLog(store)).length, 100)

    await server.run(
      'ALTER TABLE chunks_stock.log DETACH PARTITION chunks_stock.log_00000000',
      nameOf(url),
    )

    const request = { partition: 0, limit: 5 }
    await assert.rejects(store.read({ ...request, after: 0 }), { code: 'STORE_CORRUPT' })
    const [entry] = await store.read({ ...request, after: 7 })
    assert.equal(entry?.position, 8)
  })
})

describe('a server that may lose commits', { skip: whyNoPrivatePostgres() }, () => {
  it('is refused, unless that is asked for', async () => {
    await using server = await startPostgres()
    const url = await server.createDatabase()

    await assert.rejects(postgresStores({ url }).open('stock', partitions), (error) => {
      assert.match(String(error), /fsync = off/)
      return true
    })
    await using store = await postgresStores({ url, durability: 'relaxed' }).open(
      'stock',
      partitions,
    )

    assert.equal(store.supports.durable, false)
  })

  it('is noticed by the setting of a database or a role, too', async () => {
    await using server = await startPostgres({ durable: true })
    const url = await server.createDatabase()
    await using durable = await postgresStores({ url }).open('stock', partitions)
    assert.equal(durable.supports.durable, true)
    await server.run(`ALTER DATABASE ${nameOf(url)} SET synchronous_commit = off`)

    await assert.rejects(postgresStores({ url }).open('stock', partitions), {
      code: 'STORE_UNAVAILABLE',
    })
  })
})
