import { createServer } from 'node:net'
import { serveHttp } from '../adapters/http/index.ts'
import { openControlDoor } from '../adapters/node/index.ts'
import { DureError } from '../language/errors.ts'
import type { System } from '../language/system.ts'
import type { Clock, RunningSystem } from '../runtime/index.ts'
import { openSystem } from './running/open-system.ts'
import { defaultData, defaultPort } from './options.ts'
import { endOnCrash, stopOnSignals } from './running/process-end.ts'
import { type RunReport, renderReport } from './running/run-report.ts'
import { outliveReader, print, printNote, style } from './terminal.ts'

export interface RunOptions {
  /** The folder of the data, made when it misses; `.dure` without it. */
  readonly data?: string
  /** Where the gateway listens; 8080 without it, 0 for any free port. */
  readonly port?: number
  /** The address of the gateway; without it only this machine can reach it. */
  readonly host?: string
  /** Prints nothing but warnings and errors. */
  readonly quiet?: boolean
  /** Whether Ctrl-C, SIGTERM and errors that nobody catches end the process; `true` without it. */
  readonly ownsProcess?: boolean
  /** Called once requests are taken. When it fails, everything is stopped and `runSystem` fails with it. */
  readonly onReady?: (run: SystemRun) => void | Promise<void>
  /** Called before anything is stopped: the place to end what `onReady` has begun. */
  readonly onStop?: () => void | Promise<void>
  /** Takes what the system tells about itself; without it warnings and errors go to standard error. */
  readonly report?: (report: RunReport) => void
}

/** A system that runs in this process, with its gateway. Disposing stops it. */
export interface SystemRun extends AsyncDisposable {
  readonly url: string
  readonly running: RunningSystem
  readonly clock: Clock
  /** Takes no more requests, finishes what was begun, and closes everything. */
  stop(): Promise<void>
}

/**
 * Runs a system: stores in a folder, its gateway over HTTP, and a door for `dure status`, `parked` and `views`.
 *
 * The first SIGINT or SIGTERM stops it and ends the process with 0; a second one ends the process at once. A process
 * that is killed loses nothing that was answered.
 *
 * @throws `STORE_*`, `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `PORT_UNBOUND`; nothing stays open then.
 */
export async function runSystem(system: System, options: RunOptions = {}): Promise<SystemRun> {
  const starting = startRun(system, options)
  const isStopping = options.ownsProcess === false ? () => false : takeProcess(starting, options)
  const run = await starting
  try {
    await options.onReady?.(run)
  } catch (thrown) {
    // What fails because the system is being stopped is no failure.
    if (isStopping()) return run
    await run.stop()
    throw thrown
  }
  return run
}

/** Ends the process with the system; says whether that has begun. */
function takeProcess(starting: Promise<SystemRun>, { quiet }: RunOptions): () => boolean {
  let isStopping = false
  outliveReader()
  endOnCrash()
  stopOnSignals(async () => {
    isStopping = true
    if (!quiet) printNote('Stopping...')
    await (await starting).stop()
  })
  return () => isStopping
}

async function startRun(system: System, options: RunOptions): Promise<SystemRun> {
  const startedAtMs = performance.now()
  const { data = defaultData, port = defaultPort, host, quiet = false } = options
  const report = options.report ?? ((each: RunReport) => printReport(each))
  await assertPortFree(port, host)
  await using opening = new AsyncDisposableStack()
  const { running, clock } = opening.use(await openSystem(system, { data, report }))
  const listen = host === undefined ? { port } : { port, host }
  const server = opening.use(await serveHttp(running, system, { ...listen, clock, report }))
  const { url } = server
  opening.use(
    await openControlDoor({ folder: data, system: system.name, operations: running, url }),
  )
  opening.defer(async () => options.onStop?.())
  const resources = opening.move()
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= resources.disposeAsync()
    return stopped
  }
  const run: SystemRun = { url, running, clock, stop, [Symbol.asyncDispose]: stop }
  if (!quiet) printStart(system, run, { data, startedAtMs })
  return run
}

/** Looks before anything is opened, so that a taken port leaves no trace. */
async function assertPortFree(port: number, host = '127.0.0.1'): Promise<void> {
  if (port === 0) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const probe = createServer()
  probe.once('error', (cause: NodeJS.ErrnoException) => {
    // Everything else is for the server itself to say.
    if (cause.code !== 'EADDRINUSE') return resolve()
    const message = `Another process listens on ${host}:${port}. Stop it, or choose another port with --port or PORT.`
    reject(new DureError('HTTP_PORT_TAKEN', message, { cause, details: { host, port } }))
  })
  probe.listen({ port, host }, () => probe.close(() => resolve()))
  await promise
}

function printStart(
  { name, services }: System,
  { url }: SystemRun,
  { data, startedAtMs }: { readonly data: string; readonly startedAtMs: number },
): void {
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  const count = services.length === 1 ? '1 service' : `${services.length} services`
  print(`${style('bold', name)}: ${count} in one process`)
  print(`  gateway    ${url}`)
  print(`  reference  ${url}/reference`)
  print(`  data       ${data}`)
  print(`${style('green', 'ready')} after ${seconds} s. Ctrl-C stops it.`)
}

function printReport(report: RunReport): void {
  if (report.level !== 'info') printNote(renderReport(report))
}
