// The relays of a service's log, one for each partition.
import { DureError, type ErrorCode } from '../language/errors.ts'
import type { LogStore, NewEntry } from '../log/store.port.ts'
import { createFollowedLog } from './followed-log.ts'
import type { LeasedWork, Leases } from './leases/leases.ts'
import { type Relay, type RelayOptions, startRelay, topicOf } from './relay.ts'

export interface ServiceRelaysOptions extends Omit<RelayOptions, 'partition'> {
  readonly store: LogStore
  /** Where the broker serves all replicas, one of them passes a partition on. */
  readonly leases: Leases
}

export interface ServiceRelays {
  start(): Promise<void>
  /** Tells of entries that were just committed here. */
  committed(entries: readonly NewEntry[], positions: readonly number[]): void
  /** Looks into the store again: it may hold what this process was not told of. */
  forget(): void
  /** Looks what other replicas have committed. */
  look(): Promise<void>
  /** How far the log, which has these heads, is ahead of what is passed on here. */
  lag(heads: readonly number[]): Promise<RelayLag>
  stop(): Promise<void>
}

/** How long a broker is asked how far it is, in milliseconds: whoever looks after a process waits no longer. */
export const lagWaitMsMax = 1_000

export interface RelayLag {
  /** Entries that the broker still waits for; at least 1 while it does not say. */
  readonly entries: number
  /** Why it does not say. */
  readonly failing?: ErrorCode
}

/** Creates the relays of a service. */
export function createServiceRelays(options: ServiceRelaysOptions): ServiceRelays {
  const works: readonly RelayWork[] = Array.from(
    { length: options.store.partitions },
    (_, partition) => new RelayWork({ ...options, partition }, (relay) => onChange(relay)),
  )
  const log = createFollowedLog({
    store: options.store,
    clock: options.clock,
    onFailure: (message) => options.onFailure?.(message),
    onFollowed(isFollowed) {
      for (const { relay } of works) relay?.follow(isFollowed)
    },
    onTold(entries) {
      for (const entry of entries) works[entry.partition]?.relay?.told(entry)
      for (const { partition } of entries) works[partition]?.relay?.wake()
    },
  })
  const onChange = (taken: Relay | undefined): void => {
    if (log.isFollowed) taken?.follow(true)
    log.need(works.some(({ relay }) => relay))
  }
  let heads: readonly number[] = []
  return {
    async start() {
      for (const work of works) await options.leases.add(work)
    },
    committed(entries, positions) {
      for (const [index, entry] of entries.entries())
        works[entry.partition]?.relay?.committed(entry, positions[index] ?? 0)
      for (const { partition } of entries) works[partition]?.relay?.wake()
    },
    forget() {
      for (const { relay } of works) relay?.forget()
    },
    async look() {
      if (!works.some(({ relay }) => relay)) return
      if (log.isFollowed) return log.check()
      const before = heads
      heads = await options.store.heads()
      for (const [partition, head] of heads.entries())
        if (head !== before[partition]) works[partition]?.relay?.reached(head)
    },
    async lag(known) {
      const lags = await Promise.all(
        known.map(async (head, partition): Promise<RelayLag> => {
          // What another replica passes on is known there; nobody here looks how far that is.
          return works[partition]?.relay ? lagOf(options, partition, head) : { entries: 0 }
        }),
      )
      const failing = lags.find((each) => each.failing !== undefined)?.failing
      const entries = lags.reduce((sum, each) => sum + each.entries, 0)
      return { entries, ...(failing !== undefined && { failing }) }
    },
    async stop() {
      await Promise.all(works.map((work) => options.leases.remove(work)))
      await log.stop()
    },
  }
}

async function lagOf(
  { service, store, broker, clock }: ServiceRelaysOptions,
  partition: number,
  head: number,
): Promise<RelayLag> {
  const late = Promise.withResolvers<'late'>()
  const cancel = clock.after(lagWaitMsMax, () => late.resolve('late'))
  try {
    const wanted = await Promise.race([
      broker.wanted(topicOf(service, partition), store.incarnation),
      late.promise,
    ])
    if (wanted === 'late') return { entries: 1, failing: 'BROKER_UNAVAILABLE' }
    return { entries: head - Math.min(head, ...wanted) }
  } catch (error) {
    if (!(error instanceof DureError)) throw error
    return { entries: 1, failing: error.code }
  } finally {
    cancel()
  }
}

class RelayWork implements LeasedWork {
  readonly name: string
  readonly #options: RelayOptions
  /** Told of the relay that was started, or of none when it was ended. */
  readonly #onChange: (relay: Relay | undefined) => void
  relay: Relay | undefined

  constructor(options: RelayOptions, onChange: (relay: Relay | undefined) => void) {
    this.#options = options
    this.#onChange = onChange
    this.name = `relay/${options.partition}`
  }

  async take(): Promise<void> {
    this.relay = startRelay(this.#options)
    this.#onChange(this.relay)
  }

  async give(): Promise<void> {
    await this.relay?.stop()
    this.relay = undefined
    this.#onChange(undefined)
  }
}
