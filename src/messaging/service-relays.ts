// The relays of a service's log, one for each partition.
import type { LogStore, NewEntry } from '../log/store.port.ts'
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
  /** Entries of the log, which has these heads, that are passed on here and that the broker still waits for. */
  lag(heads: readonly number[]): Promise<number>
  stop(): Promise<void>
}

/** Creates the relays of a service. */
export function createServiceRelays(options: ServiceRelaysOptions): ServiceRelays {
  const works = Array.from(
    { length: options.store.partitions },
    (_, partition) => new RelayWork({ ...options, partition }),
  )
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
      const before = heads
      heads = await options.store.heads()
      for (const [partition, head] of heads.entries())
        if (head !== before[partition]) works[partition]?.relay?.wake()
    },
    async lag(known) {
      const { service, store, broker } = options
      let lag = 0
      for (const [partition, head] of known.entries()) {
        // What another replica passes on is known there; nobody here looks how far that is.
        if (!works[partition]?.relay) continue
        const wanted = await broker.wanted(topicOf(service, partition), store.incarnation)
        lag += head - Math.min(head, ...wanted)
      }
      return lag
    },
    stop: async () => void (await Promise.all(works.map((work) => options.leases.remove(work)))),
  }
}

class RelayWork implements LeasedWork {
  readonly name: string
  readonly #options: RelayOptions
  relay: Relay | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.name = `relay/${options.partition}`
  }

  async take(): Promise<void> {
    this.relay = startRelay(this.#options)
  }

  async give(): Promise<void> {
    await this.relay?.stop()
    this.relay = undefined
  }
}
