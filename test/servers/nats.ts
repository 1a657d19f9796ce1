// A private NATS server with JetStream for one test file: its own data folder, a free port on loopback.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNats, natsVariable } from '../../tools/servers/nats.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export interface NatsServer extends AsyncDisposable {
  readonly url: string
}

/** A server that the test may break. */
export interface PrivateNats extends NatsServer {
  /** Ends it as a power cut would. */
  crash(): Promise<void>
  /** Starts it again, at the same port. */
  start(): Promise<void>
  /** Removes everything that it has stored, while it does not run. */
  loseData(): void
  freeze(): void
  thaw(): void
}

/** Why tests that need a NATS server cannot run; `false` when they can. For the `skip` of a test. */
export function whyNoNats(): string | false {
  if (process.env[natsVariable] !== undefined) return false
  return whyNoPrivateNats()
}

/** Why tests that break their NATS server cannot run; `false` when they can. */
export function whyNoPrivateNats(): string | false {
  return findNats() === undefined
    ? `no NATS: install nats-server, or name a server in ${natsVariable}`
    : false
}

/** The server that the environment names, or else a private one. */
export async function openNats(): Promise<NatsServer> {
  const url = process.env[natsVariable]
  if (url === undefined) return startNats()
  return { url, [Symbol.asyncDispose]: async () => undefined }
}

/** Starts a server of this test alone. */
export async function startNats(): Promise<PrivateNats> {
  const file = findNats()
  if (file === undefined) throw new Error('There is no nats-server here.')
  const folder = mkdtempSync(join(tmpdir(), 'dure-nats-'))
  const data = join(folder, 'data')
  const begin = (port: number): Promise<ServerProcess> =>
    startServer({
      file,
      args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', data],
      isReady: (line) => line.includes('Server is ready'),
    })
  let server = await begin(-1)
  const port = Number(/client connections on 127\.0\.0\.1:(\d+)/.exec(server.printed())?.[1])
  return {
    url: `nats://127.0.0.1:${port}`,
    crash: () => server.end('SIGKILL'),
    async start() {
      server = await begin(port)
    },
    loseData: () => rmSync(data, { recursive: true, force: true }),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    async [Symbol.asyncDispose]() {
      server.thaw()
      await server.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
