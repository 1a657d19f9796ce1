import { serveHttp } from 'dure/http'
import { memoryBroker } from 'dure/memory'
import { nodeClock } from 'dure/node'
import { sqliteStores } from 'dure/sqlite'
import { startSystem } from 'dure/runtime'
import library from './system.ts'

const clock = nodeClock()
const running = await startSystem(library, {
  stores: sqliteStores({ folder: process.env['DURE_DATA'] ?? '.dure/library' }),
  broker: memoryBroker({ clock }),
  clock,
})
const port = Number(process.env['PORT'] ?? 8080)
const server = await serveHttp(running, library, { port, clock })
console.log(`The library is open: ${server.url}/reference`)

async function close(): Promise<void> {
  await server.stop()
  await running.stop()
  clock[Symbol.dispose]()
}
process.once('SIGINT', () => void close())
process.once('SIGTERM', () => void close())
