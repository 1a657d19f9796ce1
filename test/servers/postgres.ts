// A private Postgres for one test file: its own data folder, a free port on loopback, ended by whoever started it.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import {
  findDebianPostgres,
  findEmbeddedPostgres,
  type PostgresPrograms,
  postgresVariable,
} from '../../tools/servers/postgres.ts'
import { findFreePort, type ServerProcess, startServer } from './server-process.ts'

const startsMax = 3

export interface PostgresOptions {
  /** The major version; the newest that is here without it. */
  readonly version?: number
  /** Whether what was committed has reached the disk: slower, and needed only where that is tested. */
  readonly durable?: boolean
  /** Further settings, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where the data lies; a temporary folder without it, which is removed at the end. */
  readonly folder?: string
}

/** A row, by column. */
export type Row = Readonly<Record<string, unknown>>

/** A server that takes connections. */
export interface PostgresServer extends AsyncDisposable {
  readonly version: number
  /** The URL of one of its databases, for a user who may do everything. */
  url(database?: string): string
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>
  /** Runs statements as the user who may do everything. */
  run(sql: string, database?: string): Promise<readonly Row[]>
  /** Opens a session as that user, which whoever asked for it ends. */
  connect(database?: string): Promise<pg.Client>
}

/** A server that the test may break. */
export interface PrivatePostgres extends PostgresServer {
  /** Ends it as a power cut would: nothing is finished or told. */
  crash(): Promise<void>
  /** Ends it in order; connections are cut. */
  stop(): Promise<void>
  /** Starts it again, at the same port. */
  start(): Promise<void>
  /** Starts a standby that follows it, which whoever asked for it ends. It is stopped for a moment meanwhile. */
  startStandby(): Promise<PrivatePostgres>
  freeze(): void
  thaw(): void
}

/** Every Postgres that tests can start here, the newest first. */
export function postgresVersions(): readonly number[] {
  return programs().map(({ version }) => version)
}

/** Why tests that need a server cannot run; `false` when they can. For the `skip` of a test. */
export function whyNoPostgres(): string | false {
  if (process.env[postgresVariable] !== undefined) return false
  return whyNoPrivatePostgres()
}

/** Why tests that break their server cannot run; `false` when they can. */
export function whyNoPrivatePostgres(): string | false {
  if (programs().length > 0) return false
  return `no Postgres: install one, or name a server in ${postgresVariable}`
}

/** The server that the environment names, or else a private one. */
export async function openPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const url = process.env[postgresVariable]
  return url === undefined ? startPostgres(options) : usePostgres(url)
}

function programs(): readonly PostgresPrograms[] {
  return [findEmbeddedPostgres(), findDebianPostgres()]
    .filter((each) => each !== undefined)
    .toSorted((one, other) => other.version - one.version)
}

/** Starts a server of this test alone. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PrivatePostgres> {
  const found = programs().find(({ version }) => version === (options.version ?? version))
  if (found === undefined) throw new Error(`There is no Postgres ${options.version ?? ''} here.`)
  return serve(preparePlace(found, options), found.version)
}

async function serve(place: Place, version: number): Promise<PrivatePostgres> {
  const port = await findFreePort()
  let server = await startAt(place, port)
  // Why the reading: a port that was taken meanwhile has been exchanged for another one.
  const takenPort = server.port
  const client = useServer((database) => urlOf(takenPort, database), version)
  const end = (signal: NodeJS.Signals): Promise<void> => server.process.end(signal)
  const start = async (): Promise<void> => {
    server = { ...server, process: await startProcess(place, takenPort) }
  }
  return {
    ...client,
    start,
    async startStandby() {
      await end('SIGINT')
      const copy = copyPlace(place, takenPort)
      await start()
      return serve(copy, version)
    },
    crash: () => end('SIGQUIT'),
    stop: () => end('SIGINT'),
    freeze: () => server.process.freeze(),
    thaw: () => server.process.thaw(),
    async [Symbol.asyncDispose]() {
      server.process.thaw()
      await end('SIGQUIT')
      rmSync(place.folder, { recursive: true, force: true })
    },
  }
}

interface Place {
  readonly folder: string
  readonly data: string
  readonly bin: string
  readonly user: { readonly uid: number; readonly gid: number } | undefined
}

/** Makes the folder and in it a cluster. As root the server runs as somebody else: it refuses to run as root. */
function preparePlace({ folder: bin }: PostgresPrograms, options: PostgresOptions): Place {
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'dure-postgres-'))
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
  const data = join(folder, 'data')
  if (user) {
    chmodSync(folder, 0o711)
    mkdirSync(data, { mode: 0o700 })
    chownSync(data, user.uid, user.gid)
  }
  const place = { folder, data, user, bin: user ? reachable(bin, folder) : bin }
  const made = spawnSync(
    join(place.bin, 'initdb'),
    [
      '--pgdata',
      data,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-locale',
    ].concat(options.durable ? [] : ['--no-sync']),
    { ...user, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } },
  )
  if (made.status !== 0) throw new Error(`initdb failed.\n${made.stdout}\n${made.stderr}`)
  appendFileSync(join(data, 'postgresql.conf'), settingsOf(options))
  return place
}

/** The data of a server that is stopped, as a standby that follows it. */
function copyPlace(place: Place, port: number): Place {
  const folder = mkdtempSync(join(dirname(place.folder), 'dure-postgres-'))
  if (place.user) chmodSync(folder, 0o711)
  const data = join(folder, 'data')
  // With its owner, which copying does not keep else.
  const made = spawnSync('cp', ['-a', place.data, data], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`The data cannot be copied.\n${made.stderr}`)
  appendFileSync(join(data, 'standby.signal'), '')
  const primary = `host=127.0.0.1 port=${port} user=postgres`
  appendFileSync(join(data, 'postgresql.conf'), `primary_conninfo = '${primary}'\n`)
  return { ...place, folder, data }
}

/** The programs, or a copy of them when another user could not reach them. */
function reachable(bin: string, folder: string): string {
  let path = join(bin, 'postgres')
  for (;;) {
    if ((statSync(path).mode & 0o001) === 0) break
    const parent = dirname(path)
    if (parent === path) return bin
    path = parent
  }
  const copy = join(folder, 'programs')
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function settingsOf({ durable = false, settings = {} }: PostgresOptions): string {
  const all = {
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    max_connections: '200',
    shared_buffers: "'64MB'",
    lc_messages: "'C'",
    ...settings,
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
}

interface Started {
  readonly port: number
  readonly process: ServerProcess
}

async function startAt(place: Place, port: number): Promise<Started> {
  for (let attempt = 1; ; attempt += 1) {
    const asked = attempt === 1 ? port : await findFreePort()
    try {
      return { port: asked, process: await startProcess(place, asked) }
    } catch (error) {
      if (attempt >= startsMax) throw error
    }
  }
}

function startProcess({ bin, data, user }: Place, port: number): Promise<ServerProcess> {
  return startServer({
    file: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port)],
    user,
    isReady: (line) => /database system is ready to accept (?:read-only )?connections/.test(line),
  })
}

function urlOf(port: number, database = 'postgres'): string {
  return `postgres://postgres:unused@127.0.0.1:${port}/${database}`
}

/** A server that others run: tests make databases there, and leave them. */
async function usePostgres(url: string): Promise<PostgresServer> {
  const parsed = new URL(url)
  const of = (database?: string): string => {
    if (database === undefined) return url
    parsed.pathname = `/${database}`
    return parsed.href
  }
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ readonly number: number }>(
    `SELECT current_setting('server_version_num')::integer AS number`,
  )
  await client.end()
  const version = Math.floor((rows[0]?.number ?? 0) / 10_000)
  return { ...useServer(of, version), [Symbol.asyncDispose]: async () => undefined }
}

function useServer(
  url: (database?: string) => string,
  version: number,
): Omit<PostgresServer, keyof AsyncDisposable> {
  const connect = async (database?: string): Promise<pg.Client> => {
    const client = new pg.Client(url(database))
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const run = async (sql: string, database?: string): Promise<readonly Row[]> => {
    const client = await connect(database)
    try {
      const { rows } = await client.query<Row>(sql)
      return rows
    } finally {
      await client.end()
    }
  }
  return {
    version,
    url,
    run,
    connect,
    async createDatabase() {
      const name = `dure_${crypto.randomUUID().replaceAll('-', '')}`
      await run(`CREATE DATABASE ${name} TEMPLATE template0`)
      return url(name)
    },
  }
}
