// What a broker keeps of a topic, and of those who read it.
import type {
  EncodedMessage,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../../messaging/broker.port.ts'
import type { ProcessOwner } from './surroundings.ts'

/** One partition of the log of a service, as far as the broker has it. */
export interface Topic {
  readonly name: string
  incarnation: string
  /** Messages after this position are kept... */
  start: number
  /** ...up to this one. */
  end: number
  messages: EncodedMessage[]
  readonly subscribers: Set<Subscriber>
  readonly watchers: Set<Watcher>
}

/** The way of a process to a topic, and what is done on it. */
export interface Road {
  readonly process: ProcessOwner
  readonly place: string
  /** What a message on it is called. */
  readonly label: string
}

/** The same each time that a process asks for its way to a topic. */
export function roadOf(roads: Map<string, Road>, process: ProcessOwner, topic: string): Road {
  const known = roads.get(topic)
  if (known) return known
  const road = { process, place: `${process.name} ${topic}`, label: `publish ${topic}` }
  roads.set(topic, road)
  return road
}

/** A relay that is told when a topic wants more. */
export interface Watcher {
  readonly process: ProcessOwner
  readonly wake: () => void
  isBeingWoken: boolean
}

/** A reader of a topic, and how far it is. */
export interface Subscriber {
  readonly request: SubscribeRequest
  readonly process: ProcessOwner
  readonly topic: Topic
  readonly place: string
  /** What a delivery to it is called. */
  readonly label: string
  incarnation: string
  position: number
  failures: number
  isBusy: boolean
  isClosed: boolean
  /** Resolves when what is being delivered was handled. */
  delivering: Promise<void> | undefined
}

/** A subscription, as its subscriber has it. */
export class TopicSubscription implements Subscription {
  readonly #subscriber: Subscriber

  constructor(subscriber: Subscriber) {
    this.#subscriber = subscriber
  }

  get position(): number {
    return this.#subscriber.position
  }

  async [Symbol.asyncDispose](): Promise<void> {
    close(this.#subscriber)
    await this.#subscriber.delivering
  }
}

/** Ends a subscription. */
export function close(subscriber: Subscriber): void {
  subscriber.isClosed = true
  subscriber.topic.subscribers.delete(subscriber)
}

/** Everything is gone: what comes is read from this position on. */
export function rewind(topic: Topic, position: number): void {
  topic.messages = []
  topic.start = position
  topic.end = position
}

/** The log of the topic was begun anew: so is everything that is read of it. */
export function restart(topic: Topic, incarnation: string): void {
  topic.incarnation = incarnation
  for (const subscriber of topic.subscribers) {
    if (subscriber.incarnation === incarnation) continue
    subscriber.incarnation = incarnation
    subscriber.position = 0
  }
  rewind(topic, Math.min(0, ...Array.from(topic.subscribers, ({ position }) => position)))
}

/** What a subscriber is given next: at most so many messages that it wants. */
export function batchAfter(
  { topic, position, request }: Subscriber,
  messagesMax: number,
): MessageBatch {
  const { name, incarnation, end } = topic
  const messages: EncodedMessage[] = []
  let through = end
  for (let index = indexAfter(topic, position); index < topic.messages.length; index += 1) {
    const message = topic.messages[index]
    if (!message) break
    if (messages.length >= messagesMax) {
      through = message.position - 1
      break
    }
    if (request.wants(message)) messages.push(message)
  }
  return { topic: name, incarnation, after: position, through, messages }
}

/** Where the first message after a position is kept. */
export function indexAfter({ messages, start }: Topic, position: number): number {
  const guess = position - start
  // Most topics hold every position: then the place of a message is known.
  if (guess === 0 || messages[guess - 1]?.position === position) return guess
  const found = messages.findIndex((message) => message.position > position)
  return found < 0 ? messages.length : found
}
