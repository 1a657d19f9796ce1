// `dure start`: some services of a system in this process, without a supervisor.
import { serveHttp } from '../../adapters/http/index.ts'
import { holdMemory, nodeClock } from '../../adapters/node/index.ts'
import { createDirectory } from '../../calls/directory.ts'
import { DureError } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { Settings } from '../config/settings.ts'
import { endOnCrash, stopOnSignals } from '../running/process-end.ts'
import { renderReport, type RunReport } from '../running/run-report.ts'
import { outliveReader, print, printNote, style } from '../terminal.ts'
import { openHost } from './open-host.ts'
import { openBroker } from './open-broker.ts'
import { openStores } from './open-stores.ts'

export interface AloneOptions {
  readonly services: readonly string[]
  readonly hasGateway: boolean
  readonly settings: Settings
  readonly json: boolean
}

/**
 * Runs services until a signal comes. Resolves when they run.
 *
 * @throws `CONFIG_INVALID`, `STORE_*`, `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `CALL_DENIED`.
 */
export async function runAlone(system: System, options: AloneOptions): Promise<void> {
  const { services, hasGateway, settings, json } = options
  const { peerSecret: secret, peerHost, peerPort, peerAddress } = settings
  if (secret === undefined) {
    throw new DureError(
      'CONFIG_INVALID',
      'The configuration cannot be used: DURE_PEER_SECRET is missing, with which processes prove to each other that they belong together. Set it to the same text of at least 16 characters everywhere, or DURE_PEER_SECRET_FILE to a file that holds it.',
    )
  }
  outliveReader()
  endOnCrash()
  holdMemory()
  const stack = new AsyncDisposableStack()
  stopOnSignals(() => stack.disposeAsync())
  const clock = nodeClock()
  const directory = createDirectory(settings.peers)
  const report = (each: RunReport): void => reportRun(each, json)
  try {
    const stores = await openStores({ settings, system: system.name, clock, report })
    const broker =
      services.length === 0
        ? undefined
        : await openBroker({ settings, system: system.name, clock, report })
    const host = stack.use(
      await openHost({
        system,
        here: services,
        stores,
        broker,
        clock,
        directory,
        partitions: settings.partitions,
        peers: {
          secret,
          host: peerHost,
          port: peerPort,
          ...(peerAddress !== undefined && { address: peerAddress }),
        },
        onListening: (address) => tellListening(address, json),
        report,
      }),
    )
    const { port, host: gatewayHost } = settings
    const gateway = hasGateway
      ? stack.use(await serveHttp(host.running, system, { port, host: gatewayHost, clock, report }))
      : undefined
    tellReady({ services, url: gateway?.url, json })
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function tellListening(address: string, json: boolean): void {
  if (json) print(JSON.stringify({ event: 'listening', address }))
  else
    printNote(`Other processes ask this one at ${address}. It waits for the logs that it follows.`)
}

interface Ready {
  readonly services: readonly string[]
  readonly url: string | undefined
  readonly json: boolean
}

function tellReady({ services, url, json }: Ready): void {
  if (json) return print(JSON.stringify({ event: 'ready', services, url }))
  const what = [...services, ...(url === undefined ? [] : [`the gateway at ${url}`])].join(', ')
  print(`${style('green', 'ready')}: ${what}. Ctrl-C stops it.`)
}

function reportRun(each: RunReport, json: boolean): void {
  if (json) print(JSON.stringify({ event: 'report', ...each }))
  else if (each.level !== 'info') printNote(renderReport(each))
}
