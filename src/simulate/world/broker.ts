// A broker on the other end of lines that fail: it keeps what it was given, topic by topic, and may lose it; it
// delivers at least once, in the order of the topic, to each subscriber one batch at a time.
import type {
  Broker,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../../messaging/broker.port.ts'
import { drawnFailure } from '../faults/drawn-failure.ts'
import { patienceMs, type ProcessOwner, type Surroundings } from './surroundings.ts'
import { arrives, later } from './store.ts'
import {
  batchAfter,
  close,
  indexAfter,
  restart,
  rewind,
  type Road,
  roadOf,
  type Subscriber,
  type Topic,
  TopicSubscription,
  type Watcher,
} from './topics.ts'

/** Messages that a subscriber is given at once. */
const batchMax = 64
/** Longest that a delayed message takes, in milliseconds. */
const delayedMs = 3_000
/** Longest after which an old message comes again, in milliseconds. */
const repeatedMs = 180_000

/** The broker of a world. Each process has its own door to it. */
export interface SimulatedBroker {
  door(process: ProcessOwner): Broker
  /** Forgets everything of a process that has died. */
  disconnect(process: ProcessOwner): void
  /** Loses the last messages of the topics of a service: this share of what it keeps. */
  loseTail(service: string, share: number): void
  loseTopics(service: string): void
  /** Forgets how far the consumers of the topics of a service are. */
  forgetConsumers(service: string): void
  /** Goes on with everything that waits: called when a line is whole again. */
  resume(): void
}

export function simulatedBroker(core: Surroundings): SimulatedBroker {
  return new WorldBroker(core)
}

class WorldBroker implements SimulatedBroker {
  readonly #core: Surroundings
  readonly #topics = new Map<string, Topic>()

  constructor(core: Surroundings) {
    this.#core = core
  }

  door(process: ProcessOwner): Broker {
    const roads = new Map<string, Road>()
    return {
      supports: { durable: true },
      publish: (batch) => this.#publish(roadOf(roads, process, batch.topic), batch),
      wanted: (topic, incarnation) => this.#wanted(process, topic, incarnation),
      watch: (topic, wake) => this.#watch(topic, { process, wake, isBeingWoken: false }),
      subscribe: (request) => this.#subscribe(process, request),
      [Symbol.asyncDispose]: async () => this.disconnect(process),
    }
  }

  disconnect(process: ProcessOwner): void {
    for (const { subscribers, watchers } of this.#topics.values()) {
      for (const each of subscribers) if (each.process === process) close(each)
      for (const each of watchers) if (each.process === process) watchers.delete(each)
    }
  }

  loseTail(service: string, share: number): void {
    for (const topic of this.#topicsOf(service)) {
      const kept = topic.end - Math.ceil((topic.end - topic.start) * share)
      topic.messages = topic.messages.filter(({ position }) => position <= kept)
      topic.end = kept
      this.#wakeRelays(topic)
    }
  }

  loseTopics(service: string): void {
    for (const topic of this.#topicsOf(service)) {
      const positions = Array.from(topic.subscribers, ({ position }) => position)
      rewind(topic, Math.min(topic.end, ...positions))
      this.#wakeRelays(topic)
    }
  }

  forgetConsumers(service: string): void {
    for (const topic of this.#topicsOf(service)) {
      for (const subscriber of topic.subscribers) {
        subscriber.position = Math.min(subscriber.position, subscriber.request.after)
        this.#deliverOn(subscriber)
      }
    }
  }

  resume(): void {
    for (const topic of this.#topics.values()) {
      this.#wakeRelays(topic)
      for (const subscriber of topic.subscribers) this.#deliverOn(subscriber)
    }
  }

  #topic(name: string): Topic {
    const known = this.#topics.get(name)
    if (known) return known
    const fresh: Topic = {
      name,
      incarnation: '',
      start: 0,
      end: 0,
      messages: [],
      subscribers: new Set(),
      watchers: new Set(),
    }
    this.#topics.set(name, fresh)
    return fresh
  }

  *#topicsOf(service: string): Iterable<Topic> {
    for (const topic of this.#topics.values()) {
      if (topic.name.startsWith(`${service}/`)) yield topic
    }
  }

  async #publish({ process, place, label }: Road, batch: MessageBatch): Promise<void> {
    const { faults, cuts } = this.#core
    if (faults.strikes('crash before publish', place)) {
      return process.crash(`before it published to ${batch.topic}`)
    }
    const isCut = cuts.until(process.name, 'to broker') > 0
    if (isCut || faults.strikes('publish lost', place)) return this.#giveUp(process)
    const afterMs = this.#delay(place)
    await arrives(this.#core, { label, afterMs }, () => this.#take(process, batch))
    if (faults.strikes('crash after publish', place)) {
      process.crash(`after it published to ${batch.topic}`)
    }
    const isUnheard = cuts.until(process.name, 'from broker') > 0
    if (isUnheard || faults.strikes('publish reply lost', place)) return this.#giveUp(process)
    // Who stands still hears of it when it goes on; who is dead never does.
    await new Promise<void>((resolve) => {
      this.#core.scheduler.soon({ owner: process, label: 'published', run: resolve })
    })
  }

  #delay(place: string): number {
    const { faults, chances, calm } = this.#core
    const base = this.#core.delay('broker', place)
    if (!faults.strikes('message delayed', place)) return base
    return base + delayedMs * calm * chances.of(`delayed ${place}`).next() ** 2
  }

  #giveUp(process: ProcessOwner): Promise<never> {
    const label = `${process.name} gives up`
    return later(this.#core, { owner: process, label, afterMs: patienceMs }, () =>
      Promise.reject(drawnFailure('BROKER_UNAVAILABLE', 'The broker did not answer. Try again.')),
    )
  }

  #take(process: ProcessOwner, batch: MessageBatch): void {
    const topic = this.#topic(batch.topic)
    this.#core.observe.published(batch)
    if (topic.incarnation !== batch.incarnation) restart(topic, batch.incarnation)
    if (batch.after > topic.end || batch.through <= topic.end) return
    const fresh = batch.messages.filter(({ position }) => position > topic.end)
    this.#core.story.tellOfMessages({ from: process.name, to: 'broker', messages: fresh })
    topic.messages.push(...fresh)
    topic.end = batch.through
    for (const subscriber of topic.subscribers) this.#deliverOn(subscriber)
  }

  async #wanted(
    process: ProcessOwner,
    name: string,
    incarnation: string,
  ): Promise<readonly number[]> {
    const { cuts } = this.#core
    const isCut =
      cuts.until(process.name, 'to broker') > 0 || cuts.until(process.name, 'from broker') > 0
    if (isCut) return this.#giveUp(process)
    const topic = this.#topic(name)
    if (topic.incarnation !== incarnation) restart(topic, incarnation)
    let earliest = topic.start
    for (const { position } of topic.subscribers) earliest = Math.min(earliest, position)
    if (earliest < topic.start) rewind(topic, earliest)
    return topic.subscribers.size === 0 ? [] : [topic.end]
  }

  #watch(name: string, watcher: Watcher): () => void {
    const { watchers } = this.#topic(name)
    watchers.add(watcher)
    return () => void watchers.delete(watcher)
  }

  #wakeRelays(topic: Topic): void {
    const { scheduler } = this.#core
    for (const watcher of topic.watchers) {
      // Who is being woken already will see everything that is wanted by then.
      if (watcher.isBeingWoken) continue
      watcher.isBeingWoken = true
      const dueMs = scheduler.nowMs + this.#delay(`wake ${topic.name}`)
      const run = (): void => {
        watcher.isBeingWoken = false
        if (topic.watchers.has(watcher)) watcher.wake()
      }
      scheduler.at({ dueMs, owner: watcher.process, label: `wanted ${topic.name}`, run })
    }
  }

  async #subscribe(process: ProcessOwner, request: SubscribeRequest): Promise<Subscription> {
    const topic = this.#topic(request.topic)
    const place = `${topic.name} to ${process.name} ${request.consumer}`
    const subscriber: Subscriber = {
      request,
      process,
      topic,
      incarnation: request.incarnation,
      place,
      label: `deliver ${place}`,
      position: request.after,
      failures: 0,
      isBusy: false,
      isClosed: false,
      delivering: undefined,
    }
    topic.subscribers.add(subscriber)
    // What is wanted of the topic begins behind its end: the first subscriber changes that, and one that is behind its start.
    if (topic.subscribers.size === 1 || subscriber.position < topic.start) this.#wakeRelays(topic)
    this.#deliverOn(subscriber)
    return new TopicSubscription(subscriber)
  }

  /** Delivers what comes next, when nothing is on its way to the subscriber. */
  #deliverOn(subscriber: Subscriber, afterMs = 0): void {
    const { topic, process, place, label } = subscriber
    if (subscriber.isBusy || subscriber.isClosed) return
    if (subscriber.incarnation !== topic.incarnation) {
      if (topic.incarnation === '') return
      subscriber.incarnation = topic.incarnation
      subscriber.position = 0
    }
    if (subscriber.position < topic.start) return this.#wakeRelays(topic)
    if (subscriber.position >= topic.end) return
    if (this.#passOver(subscriber)) return
    subscriber.isBusy = true
    const { scheduler } = this.#core
    const dueMs = scheduler.nowMs + afterMs + this.#delay(place)
    const run = (): void => void this.#deliver(subscriber, place)
    scheduler.at({ dueMs, owner: process, label, run })
  }

  /** Tells a subscriber that nothing is for it; now and then it is given an empty batch instead. */
  #passOver(subscriber: Subscriber): boolean {
    const { topic, position, request, process, incarnation } = subscriber
    const { scheduler, chances } = this.#core
    if (!request.passOver || process.pausedUntilMs > scheduler.nowMs) return false
    for (let index = indexAfter(topic, position); index < topic.messages.length; index += 1) {
      const message = topic.messages[index]
      if (message && request.wants(message)) return false
    }
    if (chances.of(subscriber.place).happens(0.02)) return false
    subscriber.position = topic.end
    request.passOver({ incarnation, through: topic.end })
    return true
  }

  async #deliver(subscriber: Subscriber, place: string): Promise<void> {
    const { cuts, scheduler, faults } = this.#core
    const { process } = subscriber
    if (subscriber.isClosed) return
    const cutUntilMs = Math.max(
      cuts.until(process.name, 'from broker'),
      cuts.until(process.name, 'to broker'),
    )
    if (cutUntilMs > 0) return this.#again(subscriber, cutUntilMs - scheduler.nowMs)
    const { topic } = subscriber
    // The topic may have lost meanwhile what was to come.
    if (subscriber.position < topic.start || subscriber.position >= topic.end) {
      return this.#again(subscriber, 0)
    }
    const batch = batchAfter(subscriber, this.#core.chances.of(place).between(1, batchMax))
    this.#tellOfDelivery(subscriber, batch)
    const isTaken = await this.#handOver(subscriber, batch)
    if (subscriber.isClosed) return
    if (faults.strikes('crash before acknowledgement', place)) {
      return process.crash(`before it acknowledged ${topic.name}`)
    }
    const isHeard = !faults.strikes('acknowledgement lost', place)
    if (isTaken && isHeard && subscriber.incarnation === batch.incarnation) {
      subscriber.position = Math.max(subscriber.position, batch.through)
      subscriber.failures = 0
      this.#repeatLater(subscriber, batch, place)
      return this.#again(subscriber, 0)
    }
    subscriber.failures += 1
    this.#again(subscriber, Math.min(5_000, 20 * 2 ** subscriber.failures))
  }

  #tellOfDelivery({ process, request }: Subscriber, { messages }: MessageBatch): void {
    const { story } = this.#core
    story.tellOfMessages({ from: 'broker', to: process.name, messages, detail: request.consumer })
  }

  #again(subscriber: Subscriber, afterMs: number): void {
    subscriber.isBusy = false
    this.#deliverOn(subscriber, afterMs)
  }

  async #handOver(subscriber: Subscriber, batch: MessageBatch): Promise<boolean> {
    const { deliver } = subscriber.request
    const handled = deliver(batch).then(
      () => true,
      () => false,
    )
    subscriber.delivering = handled.then(() => undefined)
    return handled
  }

  /** An old batch may come again, long after it was acknowledged. */
  #repeatLater(subscriber: Subscriber, batch: MessageBatch, place: string): void {
    const { faults, chances, scheduler, calm } = this.#core
    if (!faults.strikes('message repeated', place)) return
    const dueMs = scheduler.nowMs + repeatedMs * calm * chances.of(`repeated ${place}`).next() ** 2
    const run = (): void => {
      if (subscriber.isClosed || subscriber.incarnation !== batch.incarnation) return
      subscriber.position = Math.min(subscriber.position, batch.after)
      this.#deliverOn(subscriber)
    }
    scheduler.at({ dueMs, owner: subscriber.process, label: `repeat ${place}`, run })
  }
}
