import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveHttp } from 'dure/http'
import { memoryBroker, memoryStores } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { type StartOptions, startSystem } from 'dure/runtime'
import { sqliteStores } from 'dure/sqlite'
import { constant, shop } from './shop.ts'

export interface Served {
  readonly port: number
  stop(): Promise<void>
}

/** The servers that are compared, each in a process of its own. */
export const servers: Readonly<Record<string, () => Promise<Served>>> = {
  'node:http': servePlain,
  'dure, memory': async () => serveSystem(memoryStores()),
  'dure, SQLite': serveSqlite,
}

/** Node's server as it is: reads the body, parses it, and answers the same whatever it says. */
async function servePlain(): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => void chunks.push(chunk))
    incoming.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString())
      const text = JSON.stringify(constant)
      outgoing.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      outgoing.end(text)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, stop: async () => void server.close() }
}

async function serveSystem(stores: StartOptions['stores']): Promise<Served> {
  const clock = nodeClock()
  const running = await startSystem(shop, { stores, broker: memoryBroker({ clock }), clock })
  const server = await serveHttp(running, shop, { port: 0, clock })
  return {
    port: server.port,
    async stop() {
      await server.stop()
      await running.stop()
      clock[Symbol.dispose]()
    },
  }
}

async function serveSqlite(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'dure-bench-http-'))
  const served = await serveSystem(sqliteStores({ folder }))
  return {
    port: served.port,
    async stop() {
      await served.stop()
      await rm(folder, { recursive: true })
    },
  }
}
