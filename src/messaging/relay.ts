// The relay passes the entries of a service's log on to the broker, page by page, in the order of the log. It keeps
// no state of its own that could be lost: the broker says after which positions somebody waits, and the log, which
// outlives every acknowledgement, is read from there. A relay may repeat; it never skips and never reorders.
// Source: Richardson, "Transactional outbox" and "Polling publisher" patterns.
import { messageOf } from '../language/errors.ts'
import type { LogStore } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Broker } from './broker.port.ts'
import { encodeEntry } from './envelope.ts'

export interface RelayLimits {
  /** Entries read and published at once. */
  readonly pageMax: number
  /** Wait after a failure, in milliseconds; doubled for each further one up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
}

export const relayLimits: RelayLimits = { pageMax: 256, retryMs: 50, retryMsMax: 5_000 }

export interface RelayOptions {
  readonly service: string
  readonly partition: number
  readonly store: LogStore
  readonly broker: Broker
  readonly clock: Clock
  readonly limits?: Partial<RelayLimits>
  readonly onFailure?: (message: string) => void
}

export interface Relay {
  /** Looks for new entries: called after a commit. */
  wake(): void
  /** Ends after the page that is on its way. */
  stop(): Promise<void>
}

/** The topic of one partition of a service's log. */
export function topicOf(service: string, partition: number): string {
  return `${service}/${partition}`
}

/** Starts the relay of one partition. */
export function startRelay(options: RelayOptions): Relay {
  const { service, partition, store, broker, clock } = options
  const limits = { ...relayLimits, ...options.limits }
  const topic = topicOf(service, partition)
  let running: Promise<void> | undefined
  let isAwake = false
  let isStopped = false
  let failures = 0
  let cancelRetry = (): void => undefined
  const unwatch = broker.watch(topic, wake)

  function wake(): void {
    isAwake = true
    if (running || isStopped) return
    running = run().finally(() => {
      running = undefined
      if (isAwake) wake()
    })
  }

  async function run(): Promise<void> {
    try {
      while (isAwake && !isStopped) {
        isAwake = false
        await passOn()
      }
      failures = 0
    } catch (error) {
      failures += 1
      options.onFailure?.(messageOf(error))
      const delayMs = Math.min(limits.retryMsMax, limits.retryMs * 2 ** Math.min(failures, 20))
      cancelRetry = clock.after(delayMs, wake)
    }
  }

  /** Publishes the page after each wanted position, until nobody waits for anything that the log has. */
  async function passOn(): Promise<void> {
    for (let published = true; published && !isStopped; ) {
      published = false
      for (const after of await broker.wanted(topic, store.incarnation)) {
        const entries = await store.read({ partition, after, limit: limits.pageMax })
        const last = entries.at(-1)
        if (!last) continue
        await broker.publish({
          topic,
          incarnation: store.incarnation,
          after,
          through: last.position,
          messages: entries.map((entry) => encodeEntry(service, entry)),
        })
        published = true
      }
    }
  }

  wake()
  return {
    wake,
    async stop() {
      isStopped = true
      cancelRetry()
      unwatch()
      await running
    },
  }
}
