// A store on Postgres that tails its log keeps what every store keeps that tells of its log.
import { after, before, describe, it } from 'node:test'
import { postgresStores } from '../../src/adapters/postgres/index.ts'
import { toldStoreContract } from '../../src/testing/contracts/store.contract.ts'
import { verifyContract } from '../../src/testing/contracts/verify-contract.ts'
import {
  type PostgresServer,
  postgresVersions,
  startPostgres,
  whyNoPrivatePostgres,
} from '../servers/postgres.ts'

const found = postgresVersions()

for (const version of found.length === 0 ? [undefined] : found) {
  describe(`Postgres ${version ?? ''}`, { skip: whyNoPrivatePostgres() }, () => {
    let server: PostgresServer
    let url: string
    let opened = 0
    before(async () => {
      const settings = { wal_level: 'logical' }
      server = await startPostgres(version === undefined ? { settings } : { version, settings })
      url = await server.createDatabase()
    })
    after(() => server[Symbol.asyncDispose]())

    for (const partitions of [1, 4]) {
      verifyContract({ describe, it }, toldStoreContract({ partitions }), {
        adapter: 'postgres',
        open: () =>
          postgresStores({
            url,
            prefix: `try${(opened += 1)}`,
            durability: 'relaxed',
            relay: 'tailing',
          }),
      })
    }
  })
}
