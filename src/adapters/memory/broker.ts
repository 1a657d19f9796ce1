// A broker inside one process. It keeps no messages: it tells the relays after which position each subscriber waits,
// and hands what they publish to those subscribers. Only the text of a message passes through it, never an object.
import type {
  Broker,
  BrokerSupport,
  DirectBroker,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../../messaging/broker.port.ts'
import type { Clock } from '../../runtime/clock.port.ts'

export interface MemoryBrokerLimits {
  /** Batches that wait for one subscriber; with more, its topic is not read on for it. */
  readonly batchesMax: number
  /** Messages up to which batches that wait are merged into one. */
  readonly mergedMax: number
  /** Positions that are passed over before a subscriber is given an empty batch. */
  readonly passedMax: number
  /** Wait before a refused batch is delivered again, in milliseconds; doubled up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
}

export const memoryBrokerLimits: MemoryBrokerLimits = {
  batchesMax: 2,
  mergedMax: 256,
  passedMax: 1_000,
  retryMs: 20,
  retryMsMax: 2_000,
}

export interface MemoryBrokerOptions {
  readonly clock: Clock
  readonly limits?: Partial<MemoryBrokerLimits>
}

interface Subscriber {
  readonly request: SubscribeRequest
  incarnation: string
  /** Up to here batches were taken into the queue. */
  queued: number
  /** Up to here batches were delivered, or passed over. */
  position: number
  /** Up to here batches were delivered. */
  delivered: number
  queue: MessageBatch[]
  delivering: Promise<void> | undefined
  isClosed: boolean
  wakeUp: () => void
}

/** Creates a broker for the services of one process. */
export function memoryBroker(options: MemoryBrokerOptions): Broker {
  return new MemoryBroker(options)
}

class MemoryBroker implements Broker {
  readonly supports: BrokerSupport = { durable: false }
  readonly #direct: DirectBroker = {
    publish: (batch) => this.#publish(batch),
    wanted: (topic, incarnation) => this.#wanted(topic, incarnation),
  }
  readonly #clock: Clock
  readonly #limits: MemoryBrokerLimits
  readonly #topics = new Map<string, Set<Subscriber>>()
  readonly #watchers = new Map<string, Set<() => void>>()

  constructor(options: MemoryBrokerOptions) {
    this.#clock = options.clock
    this.#limits = { ...memoryBrokerLimits, ...options.limits }
  }

  get direct(): DirectBroker {
    return this.#direct
  }

  async publish(batch: MessageBatch): Promise<void> {
    this.#publish(batch)
  }

  async wanted(topic: string, incarnation: string): Promise<readonly number[]> {
    return this.#wanted(topic, incarnation)
  }

  #publish(batch: MessageBatch): void {
    for (const subscriber of this.#subscribersOf(batch.topic)) this.#take(subscriber, batch)
  }

  #wanted(topic: string, incarnation: string): readonly number[] {
    const positions: number[] = []
    for (const subscriber of this.#subscribersOf(topic)) {
      if (subscriber.incarnation !== incarnation) restart(subscriber, incarnation)
      const { queued } = subscriber
      if (this.#hasRoom(subscriber) && !positions.includes(queued)) positions.push(queued)
    }
    return positions.length < 2 ? positions : positions.toSorted((left, right) => left - right)
  }

  watch(topic: string, wake: () => void): () => void {
    const wakes = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, wakes.add(wake))
    return () => void wakes.delete(wake)
  }

  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    const subscriber: Subscriber = {
      request,
      incarnation: request.incarnation,
      queued: request.after,
      position: request.after,
      delivered: request.after,
      queue: [],
      delivering: undefined,
      isClosed: false,
      wakeUp: () => undefined,
    }
    this.#subscribersOf(request.topic).add(subscriber)
    this.#notify(request.topic)
    return new MemorySubscription(subscriber, () => this.#unsubscribe(subscriber))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#topics.values()].flatMap((subscribers) => [...subscribers])
    await Promise.all(all.map((subscriber) => this.#unsubscribe(subscriber)))
  }

  async #unsubscribe(subscriber: Subscriber): Promise<void> {
    subscriber.isClosed = true
    this.#topics.get(subscriber.request.topic)?.delete(subscriber)
    subscriber.wakeUp()
    await subscriber.delivering
  }

  #hasRoom({ queue }: Subscriber): boolean {
    const { batchesMax, mergedMax } = this.#limits
    return queue.length < batchesMax || (queue.at(-1)?.messages.length ?? 0) < mergedMax / 2
  }

  #subscribersOf(topic: string): Set<Subscriber> {
    const known = this.#topics.get(topic)
    if (known) return known
    const fresh = new Set<Subscriber>()
    this.#topics.set(topic, fresh)
    return fresh
  }

  #notify(topic: string): void {
    for (const wake of this.#watchers.get(topic) ?? []) wake()
  }

  #take(subscriber: Subscriber, batch: MessageBatch): void {
    const after = subscriber.queued
    const isNext = batch.after <= after && after < batch.through
    if (!isNext || batch.incarnation !== subscriber.incarnation) return
    if (subscriber.isClosed || !this.#hasRoom(subscriber)) return
    const messages = batch.messages.filter(
      (message) => message.position > after && subscriber.request.wants(message),
    )
    subscriber.queued = batch.through
    if (messages.length === 0 && this.#passedOver(subscriber, batch)) return
    queueUp(subscriber, { ...batch, after, messages }, this.#limits.mergedMax)
    this.#deliverOn(subscriber)
  }

  /** Tells a subscriber that has nothing to do of a stretch without messages for it; not of too many of them. */
  #passedOver(subscriber: Subscriber, { incarnation, through }: MessageBatch): boolean {
    const { passOver } = subscriber.request
    const isTold = through - subscriber.delivered >= this.#limits.passedMax
    if (!passOver || isTold || subscriber.queue.length > 0) return false
    subscriber.position = through
    passOver({ incarnation, through })
    return true
  }

  #deliverOn(subscriber: Subscriber): void {
    subscriber.delivering ??= this.#deliverAll(subscriber).finally(() => {
      subscriber.delivering = undefined
      // A batch may have come after the last one was delivered and before this was noticed.
      if (subscriber.queue.length > 0 && !subscriber.isClosed) this.#deliverOn(subscriber)
    })
  }

  async #deliverAll(subscriber: Subscriber): Promise<void> {
    let failures = 0
    while (!subscriber.isClosed) {
      const batch = subscriber.queue[0]
      if (!batch) return
      try {
        await subscriber.request.deliver(batch)
        failures = 0
        taken(subscriber, batch)
        this.#notify(batch.topic)
      } catch {
        if (subscriber.isClosed) return
        // The subscriber reports its failures itself; here the batch only waits for its next turn.
        failures += 1
        await this.#pause(subscriber, failures)
      }
    }
  }

  #pause(subscriber: Subscriber, failures: number): Promise<void> {
    const { retryMs, retryMsMax } = this.#limits
    const delayMs = Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 10))
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delayMs, resolve)
      subscriber.wakeUp = () => {
        cancel()
        resolve()
      }
    })
  }
}

class MemorySubscription implements Subscription {
  readonly #subscriber: Subscriber
  readonly #end: () => Promise<void>

  constructor(subscriber: Subscriber, end: () => Promise<void>) {
    this.#subscriber = subscriber
    this.#end = end
  }

  get position(): number {
    return this.#subscriber.position
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }
}

/** Queues a batch, or adds it to the last one that waits. The first one may be on its way already. */
function queueUp(subscriber: Subscriber, batch: MessageBatch, mergedMax: number): void {
  const { queue } = subscriber
  const last = queue.at(-1)
  if (last && queue.length > 1 && last.messages.length + batch.messages.length <= mergedMax) {
    const messages = [...last.messages, ...batch.messages]
    queue[queue.length - 1] = { ...last, through: batch.through, messages }
  } else queue.push(batch)
}

/** Trap: the log may have been begun anew meanwhile. What was taken is then not of what waits now. */
function taken(subscriber: Subscriber, batch: MessageBatch): void {
  if (subscriber.queue[0] !== batch) return
  subscriber.queue.shift()
  subscriber.position = batch.through
  subscriber.delivered = batch.through
}

/** The producer's log was begun anew: so is what the subscriber reads. */
function restart(subscriber: Subscriber, incarnation: string): void {
  subscriber.incarnation = incarnation
  subscriber.queued = 0
  subscriber.position = 0
  subscriber.delivered = 0
  subscriber.queue = []
}
