// A broker inside one process. It keeps no messages: it tells the relays after which position each subscriber waits,
// and hands what they publish to those subscribers. Only the text of a message passes through it, never an object.
import type {
  Broker,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../../messaging/broker.port.ts'
import type { Clock } from '../../runtime/clock.port.ts'

export interface MemoryBrokerLimits {
  /** Batches that wait for one subscriber; with more, its topic is not read on for it. */
  readonly batchesMax: number
  /** Wait before a refused batch is delivered again, in milliseconds; doubled up to the maximum. */
  readonly retryMs: number
  readonly retryMsMax: number
}

export const memoryBrokerLimits: MemoryBrokerLimits = {
  batchesMax: 2,
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
  /** Up to here batches were delivered. */
  position: number
  queue: MessageBatch[]
  delivering: Promise<void> | undefined
  isClosed: boolean
  wakeUp: () => void
}

/** Creates a broker for the services of one process. */
export function memoryBroker(options: MemoryBrokerOptions): Broker {
  const limits = { ...memoryBrokerLimits, ...options.limits }
  const topics = new Map<string, Set<Subscriber>>()
  const watchers = new Map<string, Set<() => void>>()

  function subscribersOf(topic: string): Set<Subscriber> {
    const known = topics.get(topic)
    if (known) return known
    const fresh = new Set<Subscriber>()
    topics.set(topic, fresh)
    return fresh
  }

  function notify(topic: string): void {
    for (const wake of watchers.get(topic) ?? []) wake()
  }

  function take(subscriber: Subscriber, batch: MessageBatch): void {
    if (
      subscriber.isClosed ||
      subscriber.queued < batch.after ||
      subscriber.queued >= batch.through
    )
      return
    if (subscriber.queue.length >= limits.batchesMax) return
    const after = subscriber.queued
    const messages = batch.messages.filter(
      (message) => message.position > after && subscriber.request.wants(message),
    )
    subscriber.queued = batch.through
    subscriber.queue.push({ ...batch, after, messages })
    deliverOn(subscriber)
  }

  function deliverOn(subscriber: Subscriber): void {
    subscriber.delivering ??= deliverAll(subscriber).finally(() => {
      subscriber.delivering = undefined
      // A batch may have come after the last one was delivered and before this was noticed.
      if (subscriber.queue.length > 0 && !subscriber.isClosed) deliverOn(subscriber)
    })
  }

  async function deliverAll(subscriber: Subscriber): Promise<void> {
    let failures = 0
    while (!subscriber.isClosed) {
      const batch = subscriber.queue[0]
      if (!batch) return
      try {
        await subscriber.request.deliver(batch)
        failures = 0
        subscriber.position = batch.through
        subscriber.queue.shift()
        notify(batch.topic)
      } catch {
        // The subscriber reports its failures itself; here the batch only waits for its next turn.
        failures += 1
        await pause(
          subscriber,
          Math.min(limits.retryMsMax, limits.retryMs * 2 ** Math.min(failures, 10)),
        )
      }
    }
  }

  function pause(subscriber: Subscriber, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = options.clock.after(delayMs, resolve)
      subscriber.wakeUp = () => {
        cancel()
        resolve()
      }
    })
  }

  function subscriptionOf(subscriber: Subscriber): Subscription {
    return {
      get position() {
        return subscriber.position
      },
      async [Symbol.asyncDispose]() {
        subscriber.isClosed = true
        topics.get(subscriber.request.topic)?.delete(subscriber)
        subscriber.wakeUp()
        await subscriber.delivering
      },
    }
  }

  return {
    supports: { durable: false },
    async publish(batch) {
      for (const subscriber of subscribersOf(batch.topic)) take(subscriber, batch)
    },
    async wanted(topic, incarnation) {
      const positions = new Set<number>()
      for (const subscriber of subscribersOf(topic)) {
        if (subscriber.incarnation !== incarnation) restart(subscriber, incarnation)
        if (subscriber.queue.length < limits.batchesMax) positions.add(subscriber.queued)
      }
      return [...positions].sort((left, right) => left - right)
    },
    watch(topic, wake) {
      const wakes = watchers.get(topic) ?? new Set()
      watchers.set(topic, wakes.add(wake))
      return () => void wakes.delete(wake)
    },
    async subscribe(request) {
      const { incarnation, after } = request
      const subscriber: Subscriber = {
        ...{ request, incarnation, queued: after, position: after, queue: [] },
        ...{ delivering: undefined, isClosed: false, wakeUp: () => undefined },
      }
      subscribersOf(request.topic).add(subscriber)
      notify(request.topic)
      return subscriptionOf(subscriber)
    },
    async [Symbol.asyncDispose]() {
      const all = [...topics.values()].flatMap((subscribers) => [...subscribers])
      await Promise.all(all.map((subscriber) => subscriptionOf(subscriber)[Symbol.asyncDispose]()))
    },
  }
}

/** The producer's log was begun anew: so is what the subscriber reads. */
function restart(subscriber: Subscriber, incarnation: string): void {
  subscriber.incarnation = incarnation
  subscriber.queued = 0
  subscriber.position = 0
  subscriber.queue = []
}
