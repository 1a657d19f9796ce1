// One process of a system whose services run in several: its services, the door at which others ask them, and the way to
// the services that run elsewhere.
import { askPeers } from '../../adapters/http/peers/ask-peers.ts'
import { servePeers, type ServePeersOptions } from '../../adapters/http/peers/serve-peers.ts'
import { memoryBroker } from '../../adapters/memory/index.ts'
import { answerPeers } from '../../calls/answer-peer.ts'
import { createPeerCaller } from '../../calls/call-peers.ts'
import type { Directory } from '../../calls/directory.ts'
import { ErasingProcess } from '../../calls/erase-together.ts'
import { joinSystem } from '../../calls/joined-system.ts'
import { createLocalLogs } from '../../calls/local-logs.ts'
import { placeOf, type RemoteLogs, remoteLogs } from '../../calls/remote-logs.ts'
import { messageOf } from '../../language/errors.ts'
import type { System } from '../../language/system.ts'
import type { StoreProvider } from '../../log/store.port.ts'
import type { Broker } from '../../messaging/broker.port.ts'
import { feedBroker } from '../../messaging/feeds/feed-broker.ts'
import {
  type Clock,
  type RunningSystem,
  type RuntimeReport,
  startSystem,
} from '../../runtime/index.ts'

export interface HostOptions {
  readonly system: System
  /** The services that run in this process. */
  readonly here: readonly string[]
  readonly stores: StoreProvider
  readonly clock: Clock
  readonly partitions?: number
  /** Where the other services are. */
  readonly directory: Directory
  readonly peers: ServePeersOptions
  /** Carries messages between processes, and is closed with the host; without it they follow each other's logs. */
  readonly broker?: Broker | undefined
  /** Told of the own address as soon as others can ask there. */
  readonly onListening?: (address: string) => void
  readonly report: (report: RuntimeReport) => void
}

/** A process that takes part in a system. Disposing stops its services, and then closes its door. */
export interface Host extends AsyncDisposable {
  /** The whole system, wherever its services run. */
  readonly running: RunningSystem
  /** The services of this process alone. */
  readonly local: RunningSystem
  /** Where other processes ask. */
  readonly address: string
}

/**
 * Opens a process of a system. Resolves when its services run; those that it follows must be open by then, or have been
 * followed before.
 *
 * @throws `STORE_*`, `PORT_UNBOUND`, `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`, `CALL_DENIED`; nothing stays open then.
 */
export async function openHost(options: HostOptions): Promise<Host> {
  const { system, here, clock, directory, report } = options
  await using opening = new AsyncDisposableStack()
  if (options.broker) opening.use(options.broker)
  const ending = new AbortController()
  const transport = opening.use(askPeers({ secret: options.peers.secret }))
  const caller = createPeerCaller({ transport, directory, clock })
  const logs = createLocalLogs()
  const remote = remoteLogs(caller, clock, ending.signal)
  const inner = opening.use(memoryBroker({ clock }))
  const started: { local?: RunningSystem } = {}
  const local: Pick<RunningSystem, 'erase'> = {
    erase: (...asked) => started.local?.erase(...asked) ?? Promise.resolve(),
  }
  const erasing = new ErasingProcess({ local, clock, here, onStopped: () => logs.closed() })
  const answer = answerPeers({ local: () => started.local, logs, broker: inner, erasing, clock })
  const door = opening.use(await servePeers(answer, options.peers))
  options.onListening?.(door.address)
  opening.defer(async () => ending.abort())
  const broker =
    options.broker ??
    opening.use(feedsOf(options, { inner, remote, reborn: () => local.erase([]) }))
  started.local = opening.use(
    await startSystem(system, {
      stores: options.stores,
      broker,
      clock,
      here,
      remote,
      report,
      onOpened: (service, store) => logs.opened(service, store),
      ...(options.partitions !== undefined && { partitions: options.partitions }),
    }),
  )
  const { address } = door
  const parts = { system, here, caller, directory, address, logs, remote, erasing, clock }
  const running = joinSystem({ ...parts, local: started.local })
  const resources = opening.move()
  const close = once(() => resources.disposeAsync())
  return { running, local: started.local, address, [Symbol.asyncDispose]: close }
}

interface FeedParts {
  readonly inner: Broker
  readonly remote: RemoteLogs
  /** Follows everything anew. */
  readonly reborn: () => Promise<void>
}

function feedsOf({ here, clock, report }: HostOptions, parts: FeedParts): Broker {
  let restarting: Promise<void> | undefined
  return feedBroker({
    local: parts.inner,
    clock,
    isHere: (topic) => here.includes(placeOf(topic)[0]),
    pull: (request, signal) => parts.remote.pull(request, signal),
    onReborn(topic) {
      restarting ??= parts
        .reborn()
        .catch((error: unknown) =>
          report({
            level: 'error',
            message: `the log ${topic} cannot be followed anew: ${messageOf(error)}`,
          }),
        )
        .finally(() => {
          restarting = undefined
        })
    },
    onFailure: (topic, message) =>
      report({ level: 'info', message: `the feed of ${topic} will be asked again: ${message}` }),
  })
}

function once(close: () => Promise<void>): () => Promise<void> {
  let closed: Promise<void> | undefined
  return () => {
    closed ??= close()
    return closed
  }
}
