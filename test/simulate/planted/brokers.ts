// Bugs on the way to the broker and back.
import type { Commit } from '../../../src/log/store.port.ts'
import type {
  Broker,
  EncodedMessage,
  MessageBatch,
  SubscribeRequest,
} from '../../../src/messaging/broker.port.ts'
import { encodeEntry } from '../../../src/messaging/envelope.ts'
import { topicOf } from '../../../src/messaging/relay.ts'
import type { Sabotage } from '../../../src/simulate/world/process.ts'
import { busyShop } from './busy-shop.ts'
import { changedBroker, type PlantedBug } from './planted-bug.ts'

/** Changes what is published. */
function publishing(
  change: (broker: Broker) => (batch: MessageBatch) => Promise<void>,
): () => Sabotage {
  return () => ({ broker: (inner) => changedBroker(inner, { publish: change(inner) }) })
}

/** Changes how a process listens. */
function listening(change: (request: SubscribeRequest) => SubscribeRequest): () => Sabotage {
  return () => ({
    broker: (inner) =>
      changedBroker(inner, { subscribe: (request) => inner.subscribe(change(request)) }),
  })
}

/** The message at another position. Its body is made when somebody asks for it, so a copy has to. */
function moved({ type, to, body }: EncodedMessage, position: number): EncodedMessage {
  return { position, type, body, ...(to === undefined ? {} : { to }) }
}

/** Sends what it is about to commit. */
function publishBeforeCommit(): Sabotage {
  const doors: Broker[] = []
  return {
    broker: (inner) => {
      doors.push(inner)
      return inner
    },
    store: (store, service) => ({
      ...store,
      async commit(batch: readonly Commit[]) {
        const heads = await store.heads()
        const next = [...heads]
        for (const entry of batch.flatMap(({ entries = [] }) => entries)) {
          const after = next[entry.partition] ?? 0
          const through = after + 1
          next[entry.partition] = through
          const messages = [encodeEntry(service, { ...entry, position: through })]
          const topic = topicOf(service, entry.partition)
          const { incarnation } = store
          void doors
            .at(-1)
            ?.publish({ topic, incarnation, after, through, messages })
            .catch(() => undefined)
        }
        return store.commit(batch)
      },
    }),
  }
}

/** A relay that knows itself how far it is, and does not ask. */
function keepsOwnPlace(): Sabotage {
  return {
    broker: (inner) => {
      const places = new Map<string, number>()
      return changedBroker(inner, {
        async wanted(topic, incarnation) {
          const wanted = await inner.wanted(topic, incarnation)
          const place = places.get(topic)
          return place === undefined || wanted.length === 0 ? wanted : [place]
        },
        async publish(batch) {
          places.set(batch.topic, batch.through)
          await inner.publish(batch).catch(() => undefined)
        },
      })
    },
  }
}

/** Whoever listens goes on where the broker thinks that it is. */
function trustsAcknowledgements(): Sabotage {
  const taken = new Map<string, number>()
  return {
    broker: (inner) =>
      changedBroker(inner, {
        subscribe(request) {
          const name = `${request.consumer} ${request.topic}`
          return inner.subscribe({
            ...request,
            after: Math.max(request.after, taken.get(name) ?? 0),
            async deliver(batch) {
              taken.set(name, batch.through)
              void request.deliver({ ...batch, after: 0 }).catch(() => undefined)
            },
          })
        },
      }),
  }
}

const bugs: readonly Omit<PlantedBug, 'scenario'>[] = [
  { name: 'messages are published before their commit', sabotage: publishBeforeCommit },
  { name: 'a message is acknowledged before its commit', sabotage: trustsAcknowledgements },
  {
    name: 'a message that is published again has another id',
    sabotage: () => {
      const times = new Map<string, number>()
      return {
        broker: (inner) =>
          changedBroker(inner, {
            publish: (batch) =>
              inner.publish({
                ...batch,
                messages: batch.messages.map((message) => {
                  const name = `${batch.topic} ${message.position}`
                  const time = (times.get(name) ?? 0) + 1
                  times.set(name, time)
                  if (time === 1) return message
                  const body = message.body.replace('"id":"', `"id":"${time} `)
                  return { ...moved(message, message.position), body }
                }),
              }),
          }),
      }
    },
  },
  { name: 'a relay goes on after messages that the broker did not take', sabotage: keepsOwnPlace },
  {
    name: 'a relay leaves a message out',
    sabotage: publishing((inner) => {
      let batches = 0
      return (batch) => {
        batches += 1
        const { messages } = batch
        return inner.publish(
          batches % 10 === 0 ? { ...batch, messages: messages.slice(0, -1) } : batch,
        )
      }
    }),
  },
  {
    name: 'a relay sends two messages in the wrong order',
    sabotage: publishing((inner) => (batch) => {
      const [first, second, ...rest] = batch.messages
      if (!first || !second) return inner.publish(batch)
      const swapped = [moved(second, first.position), moved(first, second.position)]
      return inner.publish({ ...batch, messages: [...swapped, ...rest] })
    }),
  },
  {
    name: 'a relay does not rewind when the broker has lost messages',
    sabotage: () => ({
      broker: (inner) => {
        const last = new Map<string, number>()
        return changedBroker(inner, {
          async wanted(topic, incarnation) {
            const wanted = await inner.wanted(topic, incarnation)
            return wanted.filter((after) => after >= (last.get(topic) ?? 0))
          },
          async publish(batch) {
            await inner.publish(batch)
            last.set(batch.topic, Math.max(last.get(batch.topic) ?? 0, batch.through))
          },
        })
      },
    }),
  },
  {
    name: 'a late answer is ignored',
    sabotage: listening((request) => {
      const waits = new Map<number, number>()
      return {
        ...request,
        deliver(batch) {
          const isLate = (position: number): boolean => {
            waits.set(position, (waits.get(position) ?? 0) + 1)
            return (waits.get(position) ?? 0) > 1
          }
          const messages = batch.messages.filter(
            ({ body, position }) => !body.includes('"kind":"reply"') || !isLate(position),
          )
          return request.deliver({ ...batch, messages })
        },
      }
    }),
  },
  {
    name: 'a consumer takes the messages of a batch in any order',
    sabotage: listening((request) => ({
      ...request,
      deliver: (batch) => {
        const positions = batch.messages.map(({ position }) => position)
        const messages = batch.messages
          .toReversed()
          .map((message, index) => moved(message, positions[index] ?? 0))
        return request.deliver({ ...batch, messages })
      },
    })),
  },
  {
    name: 'a consumer that has no time leaves a message out',
    sabotage: listening((request) => {
      let batches = 0
      return {
        ...request,
        deliver(batch) {
          batches += 1
          return request.deliver(
            batches % 15 === 0 ? { ...batch, messages: batch.messages.slice(1) } : batch,
          )
        },
      }
    }),
  },
  {
    name: 'a consumer starts at the end of the topic after a restart',
    sabotage: () => {
      const ends = new Map<string, number>()
      return {
        broker: (inner) =>
          changedBroker(inner, {
            publish(batch) {
              ends.set(batch.topic, Math.max(ends.get(batch.topic) ?? 0, batch.through))
              return inner.publish(batch)
            },
            subscribe(request) {
              const after = Math.max(request.after, ends.get(request.topic) ?? 0)
              const deliver: typeof request.deliver = (batch) =>
                request.deliver({ ...batch, after: 0 })
              return inner.subscribe({ ...request, after, deliver })
            },
          }),
      }
    },
  },
]

/** Bugs of what is sent and received. */
export const brokerBugs: readonly PlantedBug[] = bugs.map((bug) => ({ ...bug, scenario: busyShop }))
