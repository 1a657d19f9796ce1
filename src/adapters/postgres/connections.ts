// Connections of one store: one for commits, a few for reads, and one now and then for looking after both. None waits
// for another: a flood of reads holds no commit up, and a stuck commit no look at the server.
import pg from 'pg'
import { isConnectionUsable } from './store-error.ts'
import type { Row } from './rows.ts'

/** What may take how long, in milliseconds, and how many connections there are. */
export interface PostgresLimits {
  readonly connectMs: number
  /** A batch of commits. The server ends it then; the client gives up a second later, when the server is frozen. */
  readonly commitMs: number
  readonly readMs: number
  /** Waiting for a lock: for another process that commits. */
  readonly lockMs: number
  /** Connections for reads, at most. */
  readonly readersMax: number
  /** How long a connection may be idle before it is closed. */
  readonly idleMs: number
}

export const postgresLimits: PostgresLimits = {
  connectMs: 2_000,
  commitMs: 10_000,
  readMs: 15_000,
  lockMs: 5_000,
  readersMax: 4,
  idleMs: 30_000,
}

/** The client waits so much longer than the server, which says more when it gives up. */
const clientGraceMs = 1_000
const keepAliveMs = 10_000
const idleInTransactionMs = 10_000
const lifetimeSeconds = 1_800

/** A statement with a name is prepared once on each connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface ConnectionOptions {
  readonly url: string
  /** What the server shows of us. */
  readonly name: string
  /** The role that statements run as; the user of the URL without it. */
  readonly role?: string | undefined
  readonly statementMs: number
  readonly limits: PostgresLimits
  /** Settings of the session. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The configuration of a client, with time-outs on both sides. */
export function clientConfig(options: ConnectionOptions): pg.ClientConfig {
  const { url, name, role, statementMs, limits, settings } = options
  const session = {
    search_path: 'pg_catalog',
    statement_timeout: String(statementMs),
    lock_timeout: String(limits.lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
    client_connection_check_interval: String(keepAliveMs),
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    ...(role === undefined ? {} : { role }),
    ...settings,
  }
  return {
    connectionString: url,
    application_name: name,
    options: Object.entries(session)
      .map(([setting, value]) => `-c ${setting}=${value.replaceAll(/([\\ ])/g, '\\$1')}`)
      .join(' '),
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: statementMs + clientGraceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    types: { getTypeParser: parserOf },
  }
}

const bigintType = 20
const doubleType = 701

/** Numbers as numbers: every one that a store keeps is counted exactly by JavaScript. All else as it is written. */
function parserOf(type: number, format?: string): (text: string) => unknown {
  if ((type === bigintType || type === doubleType) && format !== 'binary') return Number
  // Why the cast: the types know only the numbers of the types that they list.
  return pg.types.getTypeParser(type, 'text') as (text: string) => unknown
}

/** Connections of one kind. */
export interface Connections extends AsyncDisposable {
  /**
   * Runs a statement and gives its rows, as arrays.
   *
   * Throws what `pg` throws; `NotSent` when there was no connection, so that nothing was asked.
   */
  ask(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]>
}

/** There was no connection: nothing was asked. */
export class NotSent extends Error {}

/** Opens connections of one kind, when they are needed. */
export function openConnections(
  options: ConnectionOptions & { readonly max: number },
  onLost: (backend: number) => void = () => undefined,
): Connections {
  const pool = new pg.Pool({
    ...clientConfig(options),
    max: options.max,
    idleTimeoutMillis: options.limits.idleMs,
    maxLifetimeSeconds: lifetimeSeconds,
    allowExitOnIdle: false,
  })
  // Why both: what nobody listens to ends the process. Whoever asks next finds another connection.
  pool.on('error', () => undefined)
  const clients = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    clients.add(client)
    client.on('error', () => undefined)
  })
  pool.on('remove', (client) => clients.delete(client))

  return {
    async ask({ name, text }, values) {
      const client = await borrow(pool)
      try {
        const { rows } = await client.query<(string | number | null)[]>({
          name,
          text,
          values: [...values],
          rowMode: 'array',
        })
        client.release()
        return rows
      } catch (thrown) {
        const isUsable = isConnectionUsable(thrown)
        if (!isUsable) onLost(backendOf(client))
        client.release(!isUsable)
        throw thrown
      }
    },
    async [Symbol.asyncDispose]() {
      const cut = setTimeout(() => {
        for (const client of clients) streamOf(client).destroy()
      }, closeMs)
      await pool.end()
      clearTimeout(cut)
    },
  }
}

/** A server that does not answer keeps nobody from closing for longer. */
const closeMs = 2_000

function streamOf(client: pg.PoolClient): { destroy(): void } {
  // Why the cast: `pg` keeps the socket, and its types do not know it.
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } })
    .connection.stream
}

async function borrow(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (cause) {
    throw new NotSent('There is no connection.', { cause })
  }
}

function backendOf(client: pg.PoolClient): number {
  // Why the cast: `pg` keeps the number of the server's process, and its types do not know it.
  return (client as unknown as { readonly processID: number | null }).processID ?? 0
}

/** Opens one connection, for whoever needs it for itself. */
export async function openClient(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Runs `work` with one connection that is closed afterwards. */
export async function withClient<T>(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
