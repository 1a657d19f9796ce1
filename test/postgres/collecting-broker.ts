import type { Broker, MessageBatch } from '../../src/messaging/broker.port.ts'

/** A broker that keeps what it is given, topic by topic, and notes what leaves a gap. */
export interface CollectingBroker extends Broker {
  /** The positions of a topic in the order in which they were taken for the first time. */
  positions(topic: string): readonly number[]
  /** Forgets what comes after a position, as a server does that has lost what it acknowledged. */
  lose(topic: string, after: number): void
  /** Batches that left out what they said that they hold. */
  readonly gaps: readonly string[]
}

export function collectingBroker(): CollectingBroker {
  const topics = new Map<string, number[]>()
  const wakes = new Map<string, () => void>()
  const gaps: string[] = []
  const of = (topic: string): number[] => {
    const known = topics.get(topic) ?? []
    topics.set(topic, known)
    return known
  }
  const take = (batch: MessageBatch): void => {
    const taken = of(batch.topic)
    const last = taken.at(-1) ?? 0
    // Read after a position that is lost by now: it is asked for again.
    if (batch.after > last) return
    const more = batch.messages.map(({ position }) => position).filter((each) => each > last)
    if (more.some((each, index) => each !== last + index + 1))
      gaps.push(`${batch.topic}: ${more.join(' ')} after ${last}`)
    taken.push(...more)
  }
  return {
    supports: { durable: true },
    publish: async (batch) => take(batch),
    wanted: async (topic) => [of(topic).at(-1) ?? 0],
    watch(topic, wake) {
      wakes.set(topic, wake)
      return () => void wakes.delete(topic)
    },
    subscribe: () => Promise.reject(new TypeError('Nobody subscribes.')),
    async [Symbol.asyncDispose]() {},
    positions: (topic) => of(topic),
    lose(topic, after) {
      topics.set(topic, of(topic).slice(0, after))
      wakes.get(topic)?.()
    },
    gaps,
  }
}
