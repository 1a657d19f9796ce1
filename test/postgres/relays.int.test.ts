// What a relay promises, on a real server, however it learns of what was committed: by asking, or by being told.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type PrivatePostgres, startPostgres, whyNoPrivatePostgres } from '../servers/postgres.ts'
import { counted, openRelayBench } from './relay-bench.ts'

const topic = 'stock/0'

for (const relay of ['polling', 'tailing'] as const) {
  describe(`a relay by ${relay}`, { skip: whyNoPrivatePostgres() }, () => {
    let server: PrivatePostgres
    before(async () => {
      server = await startPostgres({ settings: { wal_level: 'logical' } })
    })
    after(() => server[Symbol.asyncDispose]())

    it('passes on what the log held before it started, and what is committed then', async (context) => {
      const bench = await openRelayBench(context, server, { relay, before: 300 })

      await bench.untilPassedOn(300)
      await bench.write('later', 30)
      await bench.untilPassedOn(330)

      assert.deepEqual(bench.broker.positions(topic), counted(330))
      assert.deepEqual([bench.broker.gaps, bench.failures], [[], []])
    })

    it('passes on what several write at once into several partitions, each in its order', async (context) => {
      const bench = await openRelayBench(context, server, { relay, partitions: 3, before: 9 })

      await Promise.all(['a', 'b', 'c', 'd'].map((writer) => bench.write(writer, 60)))

      for (const partition of [0, 1, 2]) {
        await bench.untilPassedOn(83, partition)
        assert.deepEqual(bench.broker.positions(`stock/${partition}`), counted(83))
      }
      assert.deepEqual(bench.broker.gaps, [])
    })

    it('rewinds when the broker has lost what it answered for', async (context) => {
      const bench = await openRelayBench(context, server, { relay, before: 20 })
      await bench.untilPassedOn(20)

      bench.broker.lose(topic, 5)
      await bench.write('later', 1)
      await bench.untilPassedOn(21)

      assert.deepEqual(bench.broker.positions(topic), counted(21))
      assert.deepEqual(bench.broker.gaps, [])
    })

    it('loses and reorders nothing while the server is killed and started again', async (context) => {
      const bench = await openRelayBench(context, server, { relay })
      const writing = bench.write('a', 120)

      for (const count of [20, 60]) {
        await bench.untilPassedOn(count)
        await server.crash()
        await server.start()
      }
      await writing
      await bench.untilPassedOn(120)

      assert.deepEqual(bench.broker.positions(topic), counted(120))
      assert.deepEqual(bench.broker.gaps, [])
    })

    it('loses nothing while its connections are ended again and again', async (context) => {
      const bench = await openRelayBench(context, server, { relay })
      const writing = bench.write('a', 100)

      for (const count of [10, 30, 50, 70]) {
        await bench.untilPassedOn(count)
        await server.run(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = '${bench.database}' AND pid <> pg_backend_pid()`,
          bench.database,
        )
      }
      await writing
      await bench.untilPassedOn(100)

      assert.deepEqual(bench.broker.positions(topic), counted(100))
      assert.deepEqual(bench.broker.gaps, [])
    })
  })
}
