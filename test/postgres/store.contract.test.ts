import { after, before, describe, it } from 'node:test'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { storeContract } from '../../src/testing/contracts/store.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import {
  openPostgres,
  type PostgresServer,
  postgresVersions,
  whyNoPostgres,
} from '../servers/postgres.ts'

const found = postgresVersions()

for (const version of found.length === 0 ? [undefined] : found) {
  describe(`Postgres ${version ?? ''}`, { skip: whyNoPostgres() }, () => {
    let server: PostgresServer
    let url: string
    let opened = 0
    before(async () => {
      server = await openPostgres(version === undefined ? {} : { version })
      url = await server.createDatabase()
    })
    after(() => server[Symbol.asyncDispose]())

    for (const partitions of [1, 4]) {
      verifyContract({ describe, it }, storeContract({ partitions, shared: true }), {
        adapter: 'postgres',
        // Schemas of other names are as far from one another as databases, and are made in a tenth of the time.
        open: () => postgresStores({ url, prefix: `try${(opened += 1)}`, durability: 'relaxed' }),
      })
    }
  })
}
