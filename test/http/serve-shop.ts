import {
  type HttpOptions,
  type HttpReport,
  type HttpServer,
  serveHttp,
} from '../../src/adapters/http/index.ts'
import { nodeClock } from '../../src/adapters/node/clock.ts'
import { type FakeRunning, fakeRunning } from './fake-running.ts'
import { shop } from './shop.ts'

/** The shop behind a server on any free port, with everything that it reports. */
export interface ServedShop extends AsyncDisposable {
  readonly server: HttpServer
  readonly port: number
  readonly running: FakeRunning
  readonly reports: readonly HttpReport[]
}

/** Serves the shop from memory. */
export async function serveShop(options: Partial<HttpOptions> = {}): Promise<ServedShop> {
  const clock = nodeClock()
  const running = fakeRunning()
  const reports: HttpReport[] = []
  const report = (each: HttpReport): void => void reports.push(each)
  const server = await serveHttp(running, shop, { port: 0, clock, report, ...options })
  return {
    server,
    port: server.port,
    running,
    reports,
    async [Symbol.asyncDispose]() {
      await server.stop()
      clock[Symbol.dispose]()
    },
  }
}
