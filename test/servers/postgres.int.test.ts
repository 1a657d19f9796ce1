import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  openPostgres,
  postgresVersions,
  startPostgres,
  whyNoPostgres,
  whyNoPrivatePostgres,
} from './postgres.ts'

describe('a Postgres for tests', { skip: whyNoPostgres() }, () => {
  it('gives a database that is empty', async () => {
    await using server = await openPostgres()
    const database = new URL(await server.createDatabase()).pathname.slice(1)

    const rows = await server.run('SELECT count(*)::integer FROM pg_stat_user_tables', database)

    assert.deepEqual(rows, [{ count: 0 }])
    await server.run(`DROP DATABASE ${database}`)
  })
})

describe('a private Postgres', { skip: whyNoPrivatePostgres() }, () => {
  for (const version of postgresVersions()) {
    it(`is of version ${version}, can be cut off and comes back at the same place`, async () => {
      await using server = await startPostgres({ version })
      await server.run('CREATE TABLE kept (id integer); CHECKPOINT')
      await server.crash()
      await assert.rejects(server.run('SELECT 1'))

      await server.start()

      const [row] = await server.run(`SELECT count(*)::integer, version() FROM kept`)
      assert.equal(row?.['count'], 0)
      assert.match(String(row?.['version']), new RegExp(`^PostgreSQL ${version}\\.`))
    })
  }
})
