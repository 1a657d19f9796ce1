import pg from 'pg'
import { startPostgres } from '../../test/servers/postgres.ts'

/** A server that keeps what it answers, with an empty database. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string
  /** Tells the server how its tables look: without it some peers read whole tables. */
  readonly analyze: () => Promise<void>
}

/** Starts a server for one run of one case. */
export async function startBenchServer(): Promise<BenchServer> {
  const server = await startPostgres({
    durable: true,
    settings: { shared_buffers: "'256MB'", max_wal_size: "'4GB'", max_connections: '500' },
  })
  const url = await server.createDatabase()
  return {
    url,
    async analyze() {
      const client = new pg.Client(url)
      await client.connect()
      await client.query('ANALYZE')
      await client.end()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
