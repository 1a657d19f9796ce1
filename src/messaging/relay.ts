// The relay passes the entries of a service's log on to the broker, page by page, in the order of the log. It keeps
// no state of its own that could be lost: the broker says after which positions somebody waits, and the log, which
// outlives every acknowledgement, is read from there. A relay may repeat; it never skips and never reorders.
// Source: Richardson, "Transactional outbox" and "Polling publisher" patterns.
import { messageOf } from '../language/errors.ts'
import type { Entry, LogStore, NewEntry } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Broker, DirectBroker, MessageBatch } from './broker.port.ts'
import { encodeEntry } from './envelope.ts'
import { createLogTail } from './log-tail.ts'

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
  /** Looks for new entries. */
  wake(): void
  /** Tells of an entry that was just committed: it need not be read from the store then. Followed by `wake`. */
  committed(entry: NewEntry, position: number): void
  /** Tells how far the log is, as others write it too, and looks for new entries. */
  reached(head: number): void
  /** Tells of an entry of the log, in the order of the log. Followed by `wake`. */
  told(entry: Entry): void
  /** From now on every entry is told, or no longer: the log is looked at again. */
  follow(isFollowed: boolean): void
  /** Looks into the store again: it may hold what this process was not told of. */
  forget(): void
  /** Ends after the page that is on its way. */
  stop(): Promise<void>
}

/** The topic of one partition of a service's log. */
export function topicOf(service: string, partition: number): string {
  return `${service}/${partition}`
}

/** Starts the relay of one partition. */
export function startRelay(options: RelayOptions): Relay {
  return new LogRelay(options)
}

class LogRelay implements Relay {
  readonly #options: RelayOptions
  readonly #limits: RelayLimits
  readonly #topic: string
  readonly #unwatch: () => void
  readonly #tail = createLogTail()
  #running: Promise<void> | undefined
  /** The log is at least so far: others may have written what memory does not hold. */
  #head = 0
  /** Whether the log tells of all that is committed, so that what is not known here does not exist. */
  #isFollowed = false
  #isAwake = false
  #isStopped = false
  #failures = 0
  #cancelRetry = (): void => undefined

  constructor(options: RelayOptions) {
    this.#options = options
    this.#limits = { ...relayLimits, ...options.limits }
    this.#topic = topicOf(options.service, options.partition)
    this.#unwatch = options.broker.watch(this.#topic, () => this.wake())
    this.wake()
  }

  wake(): void {
    this.#isAwake = true
    if (this.#running || this.#isStopped) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#isAwake) this.wake()
    })
  }

  committed(entry: NewEntry, position: number): void {
    if (this.#isFollowed) this.#tail.addNext(entry, position)
    else this.#tail.add(entry, position)
  }

  told(entry: Entry): void {
    this.#tail.addTold(entry)
  }

  follow(isFollowed: boolean): void {
    this.#isFollowed = isFollowed
    this.forget()
  }

  reached(head: number): void {
    this.#head = head
    this.wake()
  }

  forget(): void {
    this.#tail.clear()
    this.wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRetry()
    this.#unwatch()
    await this.#running
  }

  async #run(): Promise<void> {
    const { retryMs, retryMsMax } = this.#limits
    const { direct } = this.#options.broker
    try {
      while (this.#isAwake && !this.#isStopped) {
        this.#isAwake = false
        // Trap: not within `wake`. The commits of one group tell of their entries one by one, and wake each time.
        if (direct) await Promise.resolve()
        if (!direct || !this.#passOnNow(direct)) await this.#passOn()
      }
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      this.#isAwake = false
      this.#options.onFailure?.(messageOf(error))
      const delayMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(this.#failures, 20))
      this.#cancelRetry = this.#options.clock.after(delayMs, () => this.wake())
    }
  }

  /** The same as `#passOn`, without waiting; false when something of it is only in the store. */
  #passOnNow(direct: DirectBroker): boolean {
    const { store } = this.#options
    for (let isMore = true; isMore && !this.#isStopped; ) {
      isMore = false
      for (const after of direct.wanted(this.#topic, store.incarnation)) {
        const entries = this.#knownAfter(after)
        if (!entries) return false
        const batch = this.#batchOf(after, entries)
        if (batch) direct.publish(batch)
        if (this.#isMoreBehind(entries)) isMore = true
      }
    }
    return true
  }

  /** Publishes the page after each wanted position, until nobody waits for anything that the log has. */
  async #passOn(): Promise<void> {
    const { broker, store } = this.#options
    for (let isMore = true; isMore && !this.#isStopped; ) {
      isMore = false
      for (const after of await broker.wanted(this.#topic, store.incarnation)) {
        if (await this.#publishAfter(after)) isMore = true
      }
    }
  }

  /** Whether the log may have more than was published. */
  async #publishAfter(after: number): Promise<boolean> {
    const { broker, store, partition } = this.#options
    const limit = this.#limits.pageMax
    const entries = this.#knownAfter(after) ?? (await store.read({ partition, after, limit }))
    const batch = this.#batchOf(after, entries)
    if (batch) await broker.publish(batch)
    return this.#isMoreBehind(entries)
  }

  /** A page that is not full was the last, unless others have written what memory does not hold. */
  #isMoreBehind(entries: readonly Entry[]): boolean {
    const through = entries.at(-1)?.position ?? this.#head
    return entries.length >= this.#limits.pageMax || through < this.#head
  }

  #batchOf(after: number, entries: readonly Entry[]): MessageBatch | undefined {
    const { store, service } = this.#options
    const last = entries.at(-1)
    return (
      last && {
        topic: this.#topic,
        incarnation: store.incarnation,
        after,
        through: last.position,
        messages: entries.map((entry) => encodeEntry(service, entry)),
      }
    )
  }

  /** What memory holds of the next page; undefined when the store has to be read. */
  #knownAfter(after: number): readonly Entry[] | undefined {
    const known = this.#tail.after(after, this.#limits.pageMax)
    // Nothing more in memory is nothing more in the log, where nobody else writes it, or the log tells of all.
    const isAll = this.#isFollowed || !this.#options.store.supports.shared
    return known && (known.length > 0 || isAll) ? known : undefined
  }
}
