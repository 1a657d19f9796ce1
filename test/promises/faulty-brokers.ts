// Brokers that carry badly: some do what every broker may do, some break a promise on purpose.
import type {
  Broker,
  EncodedMessage,
  MessageBatch,
  SubscribeRequest,
} from '../../src/messaging/broker.port.ts'

export interface BrokerChange {
  /** What is published in place of a batch. */
  readonly publish?: (batch: MessageBatch) => readonly MessageBatch[]
  /** What is delivered in place of a batch. */
  readonly deliver?: (batch: MessageBatch, request: SubscribeRequest) => readonly MessageBatch[]
  /** What the relay is told is wanted. */
  readonly wanted?: (topic: string, positions: readonly number[]) => readonly number[]
}

/** A broker of which some steps are changed. */
export function changedBroker(inner: Broker, change: BrokerChange): Broker {
  return {
    supports: inner.supports,
    async publish(batch) {
      for (const each of change.publish?.(batch) ?? [batch]) await inner.publish(each)
    },
    async wanted(topic, incarnation) {
      const positions = await inner.wanted(topic, incarnation)
      return change.wanted?.(topic, positions) ?? positions
    },
    watch: (topic, wake) => inner.watch(topic, wake),
    subscribe: (request) =>
      inner.subscribe({
        ...request,
        async deliver(batch) {
          for (const each of change.deliver?.(batch, request) ?? [batch])
            await request.deliver(each)
        },
      }),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}

/** Every batch comes twice, and with it, now and then, what came long ago. */
export function repeating(inner: Broker): Broker {
  const past = new Map<SubscribeRequest, readonly MessageBatch[]>()
  return changedBroker(inner, {
    deliver(batch, request) {
      const known = past.get(request) ?? []
      past.set(request, [...known, batch])
      return [...known.filter((_each, index) => index % 3 === 0), batch, batch]
    },
  })
}

/** Asks for everything from the start, now and then. */
export function forgetful(inner: Broker): Broker {
  let asked = 0
  return changedBroker(inner, {
    wanted(_topic, positions) {
      asked += 1
      return asked % 10 === 0 ? [0, ...positions] : positions
    },
  })
}

/** A planted bug: what has come before comes again in place of a new message. */
export function repeatingAsNew(inner: Broker): Broker {
  return changedBroker(inner, {
    deliver(batch) {
      const again = batch.messages.map((message) => moved(message, message.position + 0.5))
      return [
        { ...batch, messages: batch.messages.flatMap((each, at) => [each, again[at] ?? each]) },
      ]
    },
  })
}

/** A planted bug: now and then a message is left out of a page, and nothing shows it. */
export function skipping(inner: Broker, every: number = 5): Broker {
  let count = 0
  return changedBroker(inner, {
    publish(batch) {
      const messages = batch.messages.filter(() => {
        count += 1
        return count % every !== 0
      })
      return [{ ...batch, messages }]
    },
  })
}

/** A planted bug: the messages of a page are published in the order in which their publishing happened to end. */
export function reordering(inner: Broker): Broker {
  return changedBroker(inner, {
    publish(batch) {
      const positions = batch.messages.map(({ position }) => position)
      const messages = batch.messages
        .toReversed()
        .map((message, at) => moved(message, positions[at] ?? message.position))
      return [{ ...batch, messages }]
    },
  })
}

function moved({ type, to, body }: EncodedMessage, position: number): EncodedMessage {
  return { position, type, body, ...(to === undefined ? {} : { to }) }
}

/** A broker that answers for messages before anybody has them, and may lose them. */
export interface HoldingBroker extends Broker {
  /** Passes on what it holds. */
  passOn(): Promise<void>
  /** Loses what it holds and has answered for. Says how many messages that were. */
  lose(): number
  /** Batches that it was given, in their order. */
  readonly published: readonly MessageBatch[]
}

/**
 * Creates a broker that holds what it is given.
 *
 * With `admits: false` it has the planted bug that it asks for nothing that it once answered for: a relay that is
 * driven by acknowledgements, and does not rewind, would not do otherwise.
 */
export function holding(
  inner: Broker,
  { admits = true }: { admits?: boolean } = {},
): HoldingBroker {
  const wakes = new Set<() => void>()
  const published: MessageBatch[] = []
  const answered = new Map<string, number>()
  let held: MessageBatch[] = []
  const heldUpTo = (topic: string, position: number): number => {
    const known = admits ? 0 : (answered.get(topic) ?? 0)
    const ends = held.filter((each) => each.topic === topic).map(({ through }) => through)
    return Math.max(position, known, ...ends)
  }
  return {
    ...changedBroker(inner, {
      wanted: (topic, positions) => [...new Set(positions.map((each) => heldUpTo(topic, each)))],
    }),
    published,
    async publish(batch) {
      published.push(batch)
      held.push(batch)
      answered.set(batch.topic, Math.max(answered.get(batch.topic) ?? 0, batch.through))
    },
    watch(topic, wake) {
      wakes.add(wake)
      const unwatch = inner.watch(topic, wake)
      return () => {
        wakes.delete(wake)
        unwatch()
      }
    },
    async passOn() {
      const all = held
      held = []
      for (const batch of all) await inner.publish(batch)
    },
    lose() {
      const lost = held.flatMap(({ messages }) => messages).length
      held = []
      for (const wake of wakes) wake()
      return lost
    },
  }
}
