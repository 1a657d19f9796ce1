// A private RabbitMQ server for one test file: its own data folder, free ports on loopback, and its own port mapper, which
// a server would otherwise start and leave behind.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../tools/servers/bring-package.ts'
import { findRabbit, rabbitVariable } from '../../tools/servers/rabbitmq.ts'
import { findFreePort, type ServerProcess, startServer } from './server-process.ts'

export interface RabbitServer extends AsyncDisposable {
  readonly url: string
}

/** A server that the test may break. */
export interface PrivateRabbit extends RabbitServer {
  /** Ends it as a power cut would. */
  crash(): Promise<void>
  /** Starts it again, at the same port. */
  start(): Promise<void>
  /** Removes everything that it has stored, while it does not run. */
  loseData(): void
  freeze(): void
  thaw(): void
}

/** Why tests that need a RabbitMQ server cannot run; `false` when they can. For the `skip` of a test. */
export function whyNoRabbit(): string | false {
  if (process.env[rabbitVariable] !== undefined) return false
  return whyNoPrivateRabbit()
}

/** Why tests that break their RabbitMQ server cannot run; `false` when they can. */
export function whyNoPrivateRabbit(): string | false {
  return findRabbit() === undefined
    ? `no RabbitMQ: install rabbitmq-server, or name a server in ${rabbitVariable}`
    : false
}

/** The server that the environment names, or else a private one. */
export async function openRabbit(): Promise<RabbitServer> {
  const url = process.env[rabbitVariable]
  if (url === undefined) return startRabbit()
  return { url, [Symbol.asyncDispose]: async () => undefined }
}

/** Starts a server of this test alone. Takes some seconds. */
export async function startRabbit(): Promise<PrivateRabbit> {
  const folder = mkdtempSync(join(tmpdir(), 'dure-rabbitmq-'))
  const [port, distribution, mapper] = await Promise.all([
    findFreePort(),
    findFreePort(),
    findFreePort(),
  ])
  const settings = { folder, port, distribution, mapper }
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  await using stack = new AsyncDisposableStack()
  const epmd = stack.use(
    await startServer({
      file: findProgram('epmd') ?? 'epmd',
      args: ['-d', '-address', '127.0.0.1', '-port', String(mapper)],
      isReady: (line) => line.includes('epmd running'),
    }),
  )
  let server = await begin(settings)
  stack.move()
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    crash: () => server.end('SIGKILL'),
    async start() {
      server = await begin(settings)
    },
    loseData: () => rmSync(join(folder, 'data'), { recursive: true, force: true }),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async [Symbol.asyncDispose]() {
      server.thaw()
      await server.end('SIGKILL')
      await epmd[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Settings {
  readonly folder: string
  readonly port: number
  readonly distribution: number
  readonly mapper: number
}

function begin({ folder, port, distribution, mapper }: Settings): Promise<ServerProcess> {
  return startServer({
    file: findRabbit() ?? 'rabbitmq-server',
    args: [],
    environment: {
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(mapper),
      RABBITMQ_NODENAME: 'dure@localhost',
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'none.conf'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    },
    isReady: (line) => line.includes('Server startup complete'),
  })
}
