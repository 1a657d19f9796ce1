import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { gatewayOperations, type GatewayOperation } from '../../gateway/index.ts'
import { DureError, messageOf } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import type { RunningSystem } from '../../runtime/running-system.port.ts'
import { answerComposed } from './answer/answer-composed.ts'
import { answerCommand, answerQuery } from './answer/answer-operation.ts'
import { createConnections, refuseConnection } from './connections.ts'
import type { HttpContext, HttpReport, Identify } from './context.ts'
import { Exchange } from './exchange.ts'
import { createJsonReader } from './json/read-json.ts'
import { type HttpLimits, httpLimits } from './limits.ts'
import { referencePages } from './pages/reference-page.ts'
import { systemPages } from './pages/system-pages.ts'
import { hostsOf } from './request/admission.ts'
import { createRouteTable } from './route-table.ts'
import type { ServedRoute } from './served-route.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'
import { watchSockets } from './watch-sockets.ts'

export interface HttpOptions {
  /** 0: any port that is free. `handed`: nothing is listened on, and connections are handed in with `take`. */
  readonly port: number | 'handed'
  /** Where to listen; without it only this machine can reach the server. */
  readonly host?: string
  readonly clock: Clock
  /**
   * Whether each command and query has a route of its own; `true` without it. Say `false` where strangers can reach
   * the server and nobody is identified: commands of sagas and policies are commands too.
   */
  readonly defaultRoutes?: boolean
  readonly limits?: Partial<HttpLimits>
  /** Host names that the server answers for; without them its own on loopback, else any. */
  readonly hosts?: readonly string[]
  /** Origins of other sites whose pages may send commands, such as `https://shop.example`. */
  readonly origins?: readonly string[]
  readonly identify?: Identify
  readonly report?: (report: HttpReport) => void
}

/** A server that listens. Disposing stops it. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Serves a connection that another process has accepted. */
  take(socket: Socket): void
  /**
   * Answers each request as ever, and ends each connection with its next answer: resolves when none is left, or none of
   * those that are has been used for `drainIdleMs`. Whoever listens in this server's place takes what is new.
   */
  drain(): Promise<void>
  /**
   * Takes no more requests, waits for those that are being answered, and closes every connection.
   *
   * A connection ends with its last answer, which says so. On one that waits, a request that arrives within
   * `stopLingerMs` is still answered: that the server stops. Waits `stopGraceMs` at most. The running system goes on.
   */
  stop(): Promise<void>
}

/**
 * Serves a running system over HTTP: its gateways' routes, a default route for each command and query, and the
 * pages `/health`, `/idle`, `/openapi.json` and `/reference`.
 *
 * @throws `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`.
 * @throws `LANGUAGE_DEFINITION_INVALID` when routes of the system are in each other's way.
 */
export async function serveHttp(
  running: RunningSystem,
  system: System,
  options: HttpOptions,
): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1'
  const context = createContext(running, system, options)
  const server = createNodeServer(context)
  const port = options.port === 'handed' ? 0 : await listen(server, host, options.port)
  const sockets = watchSockets(server)
  const stopExpiring = startExpiring(context)
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= stopServer(server, context).finally(stopExpiring)
    return stopped
  }
  return {
    url: urlOf(host, port),
    port,
    take: (socket) => void server.emit('connection', socket),
    drain() {
      context.isDraining = true
      return sockets.untilGone(context)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function createContext(running: RunningSystem, system: System, options: HttpOptions): HttpContext {
  const limits = { ...httpLimits, ...options.limits }
  const { clock, defaultRoutes = true } = options
  const turnstile = createTurnstile()
  const routes = [
    ...gatewayOperations(system, { defaultRoutes }).map((each) =>
      serveOperation({ running, clock, limits, turnstile }, each),
    ),
    ...systemPages({ system, running, defaultRoutes, isStopping: () => context.isStopping }),
    ...referencePages(system.name),
  ]
  const context: HttpContext = {
    limits,
    clock,
    rules: {
      hosts: hostsOf(options.host ?? '127.0.0.1', options.hosts),
      origins: new Set(options.origins),
    },
    routes: createRouteTable(routes),
    readJson: createJsonReader(limits.json),
    identify: options.identify,
    report: safely(options.report),
    connections: createConnections(),
    turnstile,
    inFlight: new Set(),
    isStopping: false,
    isDraining: false,
  }
  return context
}

/** A log that fails must not take an answer, or the server, with it. */
function safely(report: HttpOptions['report']): HttpContext['report'] {
  return (each) => {
    try {
      report?.(each)
    } catch {
      // There is nobody left to tell.
    }
  }
}

interface Serving {
  readonly running: RunningSystem
  readonly clock: Clock
  readonly limits: HttpLimits
  readonly turnstile: Turnstile
}

function serveOperation(serving: Serving, operation: GatewayOperation): ServedRoute {
  const { running, limits } = serving
  const { method, path, takesBody } = operation
  const isWork = operation.kind === 'composed' ? method !== 'GET' : operation.kind === 'command'
  const { bodyBytesMax: usualBytesMax } = limits
  const base = { method, path, takesBody, isAlwaysOpen: false, isWork, bodyBytesMax: usualBytesMax }
  if (operation.kind === 'composed') {
    const options = { ...serving, isWork }
    const answer: ServedRoute['answer'] = (call) => answerComposed(options, operation, call)
    return { ...base, takesQuery: true, answer }
  }
  const { bodyBytesMax = usualBytesMax } = operation.route.options
  const run = operation.kind === 'command' ? answerCommand : answerQuery
  return {
    ...base,
    bodyBytesMax,
    takesQuery: operation.inputFrom !== 'body',
    answer: (call) => run(running, operation, call),
  }
}

function createNodeServer(context: HttpContext): Server {
  const { limits } = context
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.receiveTimeoutMs),
    requestTimeout: limits.receiveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    keepAliveTimeout: limits.keepAliveMs,
    // The server itself refuses a request without a host, to say so in its own words.
    requireHostHeader: false,
    insecureHTTPParser: false,
  })
  server.maxConnections = limits.connectionsMax
  // None: headers over a maximum here would be dropped in silence. Admission counts them.
  server.maxHeadersCount = 0
  // A connection is also silent while its answer is made.
  server.timeout = Math.max(limits.silenceMs, limits.answerTimeoutMsMax + 2 * limits.timeoutCheckMs)
  server.on('request', (incoming, outgoing) => {
    new Exchange(context, incoming, outgoing).begin(false)
  })
  server.on('checkContinue', (incoming, outgoing) => {
    new Exchange(context, incoming, outgoing).begin(true)
  })
  server.on('checkExpectation', (incoming, outgoing) => {
    const error = new DureError('HTTP_EXPECTATION_UNSUPPORTED', 'Only Expect: 100-continue is met.')
    new Exchange(context, incoming, outgoing).beginRefused(error)
  })
  server.on('connect', (_incoming, socket) => {
    // Why the cast: Node types the socket of a tunnel as any stream, and gives the socket of the connection.
    refuseConnection(
      socket as Socket,
      new DureError('HTTP_METHOD_UNSUPPORTED', 'This server is no tunnel.'),
    )
  })
  server.on('clientError', (error, socket) => {
    context.connections.broken(socket as Socket, error)
  })
  return server
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    throw new DureError(
      isTaken ? 'HTTP_PORT_TAKEN' : 'HTTP_LISTEN_FAILED',
      isTaken
        ? `Another process listens on ${host}:${port}. Stop it, or choose another port.`
        : `The server cannot listen on ${host}:${port}: ${messageOf(cause)}. Choose another address.`,
      { cause, details: { host, port } },
    )
  }
  // Why the cast: a server that listens on a port has an address of this kind.
  return (server.address() as AddressInfo).port
}

function startExpiring(context: HttpContext): () => void {
  const { clock, limits, inFlight } = context
  let cancel = clock.after(limits.timeoutCheckMs, look)
  function look(): void {
    const nowMs = clock.nowMs()
    for (const exchange of inFlight) exchange.expireAt(nowMs)
    cancel = clock.after(limits.timeoutCheckMs, look)
  }
  return () => cancel()
}

async function stopServer(server: Server, context: HttpContext): Promise<void> {
  context.isStopping = true
  context.connections.endWhenWritten()
  const { clock, limits } = context
  const closed = once(server, 'close')
  // Trap: the HTTP server's own `close` ends connections that wait for a request, and resets those on which one is just
  // arriving. Its client could not tell whether that was carried out.
  NetServer.prototype.close.call(server)
  const cancels = [
    clock.after(limits.stopLingerMs, () => server.closeIdleConnections()),
    clock.after(limits.stopGraceMs, () => server.closeAllConnections()),
  ]
  await closed
  for (const cancel of cancels) cancel()
  // Ends what the server does from time to time.
  server.close()
}

function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
