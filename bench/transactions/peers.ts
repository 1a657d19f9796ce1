// Durable workflows of others. Their packages are large and of nobody's concern who does not run this: they have a lock
// file of their own, and are installed when they are first needed.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Pool } from 'undici'
import { startBenchServer } from '../postgres/server.ts'
import type { RunScope, Sample } from '../suite/benchmark.ts'
import { drive } from '../systems/drive.ts'

export interface PeerDrive {
  readonly concurrency: number
  readonly count: number
}

export interface Peer extends AsyncDisposable {
  drive(asked: PeerDrive): Promise<Sample>
  readonly analyze?: () => Promise<void>
}

const folder = join(import.meta.dirname, '../peers')
const startWithinMs = 60_000
const lookMs = 100

function install(): void {
  // Written by npm when it is done.
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return
  console.error('The packages of peers are installed: npm ci in bench/peers')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** DBOS Transact in a process of its own, on a Postgres that keeps what it answers. */
export async function openDbos(): Promise<Peer> {
  install()
  await using opening = new AsyncDisposableStack()
  const server = opening.use(await startBenchServer())
  const child = opening.adopt(fork(join(folder, 'dbos.mjs'), [server.url]), end)
  await said(child)
  const resources = opening.move()
  return {
    analyze: server.analyze,
    async drive(asked) {
      child.send(asked)
      // Why the cast: what the program sends is a sample.
      return (await said(child)) as Sample
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Restate's server, and three services in one process. They are called through the server. */
export async function openRestate({ folder: data }: RunScope): Promise<Peer> {
  install()
  await using opening = new AsyncDisposableStack()
  const [ingress, admin, node, services] = await freePorts()
  const bin = join(folder, 'node_modules/@restatedev/restate-server-linux-x64/bin/restate-server')
  const env = {
    ...process.env,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_LOG_FILTER: 'error',
    RESTATE_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: '1',
  }
  const log = openSync(join(data, 'restate.log'), 'w')
  const server = spawn(bin, ['--base-dir', join(data, 'restate'), '--no-logo'], {
    env,
    stdio: ['ignore', log, log],
  })
  await once(server, 'spawn')
  opening.adopt(server, end)
  const own = { ...process.env, NODE_ENV: 'production', RESTATE_LOGGING: 'ERROR' }
  const child = fork(join(folder, 'restate.mjs'), [String(services)], { env: own })
  opening.adopt(child, end)
  await said(child)
  await register(`http://127.0.0.1:${admin}/deployments`, `http://127.0.0.1:${services}`)
  const pool = opening.adopt(
    new Pool(`http://127.0.0.1:${ingress}`, { connections: 128 }),
    (each) => each.close(),
  )
  const headers = { 'content-type': 'application/json' }
  const resources = opening.move()
  return {
    drive: (asked) =>
      drive({
        ...asked,
        async run(index) {
          const request = { path: '/a/go', method: 'POST', headers, body: String(index) } as const
          const { statusCode, body } = await pool.request(request)
          assert.deepEqual([statusCode, await body.json()], [200, index + 3])
        },
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function register(url: string, uri: string): Promise<void> {
  const body = JSON.stringify({ uri, use_http_11: false, force: true })
  const headers = { 'content-type': 'application/json' }
  const endMs = performance.now() + startWithinMs
  for (;;) {
    const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined)
    if (answer?.ok) return
    if (performance.now() > endMs)
      assert.fail(`Restate does not take its services: ${(await answer?.text()) ?? 'no answer'}`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

async function said(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const failed = (): void => reject(new Error('The process of a peer ended.'))
  child.once('message', resolve)
  child.once('exit', failed)
  try {
    return await promise
  } finally {
    child.off('exit', failed)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

async function freePorts(): Promise<readonly [number, number, number, number]> {
  const ports = await Promise.all([0, 1, 2, 3].map(() => freePort()))
  // Why the cast: as many as were asked for.
  return ports as [number, number, number, number]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  await new Promise((resolve) => server.close(resolve))
  return address.port
}
