// What a log that is tailed does when its slot, its connection, its publication or its server fails.
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { codeOf } from './orders.ts'
import { counted, openRelayBench, type RelayBench, type RelayBenchOptions } from './relay-bench.ts'

const topic = 'stock/0'
const relay = 'tailing'
/** Short, so that what has failed is begun again soon. */
const slotGoneMsMax = 120_000
const tailing = { againMs: 20, againMsMax: 100 }

describe('a log that is tailed', { skip: whyNoPrivatePostgres() }, () => {
  let server: PrivatePostgres
  before(async () => {
    server = await startPostgres({ settings: { wal_level: 'logical', max_replication_slots: '2' } })
  })
  after(() => server[Symbol.asyncDispose]())

  async function open(
    context: TestContext,
    options: Partial<RelayBenchOptions> = {},
  ): Promise<RelayBench> {
    const bench = await openRelayBench(context, server, { relay, tailing, ...options })
    await bench.until(bench.isFollowed)
    return bench
  }

  async function assertPassesOn(bench: RelayBench, count: number): Promise<void> {
    await bench.untilPassedOn(count)
    assert.deepEqual(bench.broker.positions(topic), counted(count))
    assert.deepEqual(bench.broker.gaps, [])
  }

  const slots = (): ReturnType<PrivatePostgres['run']> =>
    server.run('SELECT slot_name, temporary, active_pid FROM pg_replication_slots')

  it('is passed on without a read, whoever writes it', async (context) => {
    const bench = await open(context)
    // Once it has begun to tell, the log is compared with what it told, and read once more.
    bench.asked.length = 0
    await bench.until(() => bench.asked.includes('heads'))
    await bench.write('a', 1)
    await bench.untilPassedOn(1)
    bench.asked.length = 0

    await bench.write('b', 40)
    await bench.untilPassedOn(41)

    assert.ok(!bench.asked.includes('read'), `It asked: ${bench.asked.join(' ')}.`)
    await assertPassesOn(bench, 41)
  })

  it('keeps no slot longer than somebody passes it on', async (context) => {
    const bench = await open(context)
    const during = await slots()

    await bench.stop()
    const endMs = performance.now() + slotGoneMsMax
    while ((await slots()).length > 0)
      assert.ok(performance.now() < endMs, 'The slot is still there.')

    assert.deepEqual(
      during.map(({ temporary }) => temporary),
      [true],
    )
  })

  it('is read while its slot is gone, and tailed from a new one', async (context) => {
    const bench = await open(context)
    await bench.write('a', 5)
    await bench.untilPassedOn(5)
    const [slot] = await slots()
    const refusal = server.run(`SELECT pg_drop_replication_slot('${String(slot?.slot_name)}')`)
    await assert.rejects(refusal, { code: '55006' })

    await server.run(`SELECT pg_terminate_backend(${String(slot?.active_pid)})`)
    await bench.until(() => bench.failures.length > 0)
    await bench.write('b', 5)
    await assertPassesOn(bench, 10)

    await bench.until(bench.isFollowed)
    const [next] = await slots()
    assert.notEqual(next?.slot_name, slot?.slot_name)
    await bench.write('c', 5)
    await assertPassesOn(bench, 15)
    assert.match(bench.failures[0] ?? '', /the log is read, and not tailed/)
  })

  it('is read while no slot is free, says so once, and is tailed when there is one', async (context) => {
    const others = ['one', 'other']
    for (const name of others)
      await server.run(`SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`)
    const bench = await openRelayBench(context, server, { relay, tailing })

    await bench.write('a', 5)
    await assertPassesOn(bench, 5)
    await bench.until(() => bench.failures.length > 0)
    assert.equal(bench.isFollowed(), false)
    for (const name of others) await server.run(`SELECT pg_drop_replication_slot('${name}')`)

    await bench.until(bench.isFollowed)
    await bench.write('b', 5)
    await assertPassesOn(bench, 10)
    assert.match(bench.failures.join('\n'), /^the log is read, [^\n]* replication slots[^\n]*$/)
  })

  it('is given up by a slot that keeps too much of the server, and read', async (context) => {
    const bench = await open(context, {
      tailing: { ...tailing, retainedEveryMs: 20, retainedBytesMax: 100_000 },
    })
    const session = await server.connect(bench.database)
    await session.query('BEGIN; CREATE TABLE long_open (number integer)')
    await session.query(`SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000))`)

    await bench.until(() => bench.failures.some((each) => /kept \d+ bytes/.test(each)))
    await bench.write('a', 5)

    await assertPassesOn(bench, 5)
    await session.query('ROLLBACK')
    await session.end()
    await bench.until(bench.isFollowed)
    await bench.write('b', 5)
    await assertPassesOn(bench, 10)
  })

  it('is read while its publication is away', async (context) => {
    const bench = await open(context, { hurry: 50 })
    await bench.write('a', 5)
    await bench.untilPassedOn(5)

    await server.run('DROP PUBLICATION dure_stock', bench.database)
    await bench.write('b', 5)

    await assertPassesOn(bench, 10)
    await bench.until(() =>
      bench.failures.some((each) => /"dure_stock" .* is not there/.test(each)),
    )
    await server.run(
      `CREATE PUBLICATION dure_stock FOR TABLE dure_stock.log
       WITH (publish = 'insert', publish_via_partition_root = true)`,
      bench.database,
    )
    await bench.until(bench.isFollowed)
    await bench.write('c', 5)
    await assertPassesOn(bench, 15)
  })

  it('is given up when the server is frozen, and passed on when it is back', async (context) => {
    const limits = { connectMs: 1_000, commitMs: 500, readMs: 500, lockMs: 400 }
    const bench = await open(context, {
      limits,
      tailing: { ...tailing, replyMs: 50, silenceMs: 500 },
    })
    await bench.write('a', 5)
    await bench.untilPassedOn(5)

    server.freeze()
    await bench.until(() => bench.failures.some((each) => each.includes('said nothing')))
    assert.equal(bench.isFollowed(), false)
    server.thaw()

    await bench.write('b', 5)
    await assertPassesOn(bench, 10)
    await bench.until(bench.isFollowed)
    await bench.write('c', 5)
    await assertPassesOn(bench, 15)
  })

  it('is read, and not tailed, while the server waits for standbys before it answers', async (context) => {
    const bench = await open(context, { tailing: { ...tailing, retainedEveryMs: 20 } })
    await bench.write('a', 5)
    await bench.untilPassedOn(5)

    await server.run(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
    await server.run('SELECT pg_reload_conf()')
    await bench.until(() =>
      bench.failures.some((each) => each.includes('synchronous_standby_names')),
    )
    assert.equal(bench.isFollowed(), false)
    const refused = postgresStores({ url: bench.url, relay, durability: 'relaxed' })
    await assert.rejects(refused.open('stock', { partitions: 1 }), {
      code: 'STORE_UNAVAILABLE',
      message: /synchronous_standby_names.*"polling"/,
    })

    await server.run('ALTER SYSTEM RESET synchronous_standby_names')
    await server.run('SELECT pg_reload_conf()')
    await bench.until(bench.isFollowed)
    await bench.write('b', 5)
    await assertPassesOn(bench, 10)
  })

  it('passes on what is committed to chunks that are made while it is tailed', async (context) => {
    const bench = await open(context, { chunkPositions: 10 })

    await bench.write('a', 95)

    await assertPassesOn(bench, 95)
  })

  it('is not opened by a user who may not replicate, unless another one tails it', async () => {
    const url = await server.createDatabase()
    const database = new URL(url).pathname.slice(1)
    await server.run(`CREATE ROLE mover LOGIN; GRANT ALL ON DATABASE ${database} TO mover`)
    const mover = new URL(url)
    mover.username = 'mover'
    const options = { url: mover.href, role: 'none', relay, durability: 'relaxed' } as const

    const refused = postgresStores(options).open('stock', { partitions: 1 })
    await assert.rejects(refused, { code: 'STORE_UNAVAILABLE', message: /REPLICATION.*tailUrl/ })

    const store = await postgresStores({ ...options, tailUrl: url }).open('stock', {
      partitions: 1,
    })
    assert.ok(store.follow)
    await store[Symbol.asyncDispose]()
    await server.run(`DROP DATABASE ${database}`)
    await server.run('DROP ROLE mover')
  })

  it('is erased with what publishes it', async () => {
    const url = await server.createDatabase()
    const stores = postgresStores({ url, relay, durability: 'relaxed' })
    const store = await stores.open('stock', { partitions: 1 })
    await store[Symbol.asyncDispose]()

    await stores.erase('stock')

    const database = new URL(url).pathname.slice(1)
    assert.deepEqual(await server.run('SELECT pubname FROM pg_publication', database), [])
  })
})

describe('a server that writes too little to be tailed', { skip: whyNoPrivatePostgres() }, () => {
  it('is refused with what to do, and serves polling', async (context) => {
    const server = await startPostgres()
    context.after(() => server[Symbol.asyncDispose]())
    const options = { url: await server.createDatabase(), durability: 'relaxed' } as const

    const refused = postgresStores({ ...options, relay }).open('stock', { partitions: 1 })
    await assert.rejects(refused, {
      code: 'STORE_UNAVAILABLE',
      message: /wal_level = replica.*set wal_level = logical and restart.*"polling"/,
    })

    const store = await postgresStores(options).open('stock', { partitions: 1 })
    assert.equal(store.follow, undefined)
    assert.equal(await codeOf(store.heads()), 'no error')
    await store[Symbol.asyncDispose]()
  })
})
