// A broker made of a carrier, whatever server that talks to. The producer's side of a topic is in `outgoing.ts`, the
// consumers' in `incoming.ts` and `reader.ts`. All that is decided rests on the positions in the messages, which have no
// gaps: a server may lose, repeat and mix up what it likes, and the log that outlives it makes it good.
import { messageOf } from '../../language/errors.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import type {
  Broker,
  BrokerSupport,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../broker.port.ts'
import type { Carrier } from './carrier.port.ts'
import { TopicIncoming } from './incoming.ts'
import { type CarriedBrokerLimits, carriedBrokerLimits } from './limits.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'

export interface CarriedBrokerOptions {
  readonly carrier: Carrier
  readonly clock: Clock
  readonly limits?: Partial<CarriedBrokerLimits>
  /** Told of what failed and is tried again. */
  readonly onFailure?: (message: string) => void
}

/**
 * Makes a broker of a carrier, and closes that with it.
 *
 * Everything of a log is published, whether somebody reads it or not. What the server has lost, no longer keeps or never
 * had is published again when a reader is found to miss it.
 */
export function carriedBroker(options: CarriedBrokerOptions): Broker {
  return new CarriedBroker(options)
}

class CarriedBroker implements Broker {
  readonly supports: BrokerSupport
  readonly #options: CarriedBrokerOptions
  readonly #limits: CarriedBrokerLimits
  readonly #outgoing = new Map<string, Outgoing>()
  readonly #incoming = new Map<string, TopicIncoming>()
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #stopListening: () => void
  #cancelVerify: () => void
  #closing: Promise<void> | undefined

  constructor(options: CarriedBrokerOptions) {
    this.#options = options
    this.#limits = { ...carriedBrokerLimits, ...options.limits }
    this.supports = { durable: options.carrier.supports.durable }
    this.#stopListening = options.carrier.onReturn(() => this.#verify())
    this.#cancelVerify = this.#verifyLater()
  }

  publish(batch: MessageBatch): Promise<void> {
    return this.#outgoingOf(batch.topic).publish(batch)
  }

  wanted(topic: string, incarnation: string): Promise<readonly number[]> {
    return this.#outgoingOf(topic).wanted(incarnation)
  }

  watch(topic: string, wake: () => void): () => void {
    const wakes = this.#watchers.get(topic) ?? new Set()
    this.#watchers.set(topic, wakes.add(wake))
    return () => void wakes.delete(wake)
  }

  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    const { topic } = request
    const known = this.#incoming.get(topic)
    const { carrier, clock } = this.#options
    const onFailure = (error: unknown): void => this.#options.onFailure?.(messageOf(error))
    const incoming =
      known ?? new TopicIncoming({ carrier, topic, clock, limits: this.#limits, onFailure })
    this.#incoming.set(topic, incoming)
    this.#wake(topic)
    return incoming.subscribe(request)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#cancelVerify()
    this.#stopListening()
    await Promise.all(Array.from(this.#incoming.values(), (each) => each.stop()))
    await Promise.all(Array.from(this.#outgoing.values(), (each) => each.stop()))
    await this.#options.carrier[Symbol.asyncDispose]()
  }

  #outgoingOf(topic: string): Outgoing {
    const known = this.#outgoing.get(topic)
    if (known) return known
    const { carrier } = this.#options
    const fresh = createOutgoing({ carrier, topic, wake: () => this.#wake(topic) })
    this.#outgoing.set(topic, fresh)
    return fresh
  }

  /** Looks whether the server still has what it acknowledged: nobody else would notice the loss of an end. */
  #verify(): void {
    for (const [topic, outgoing] of this.#outgoing) {
      outgoing.doubt()
      this.#wake(topic)
    }
  }

  #verifyLater(): () => void {
    return this.#options.clock.after(this.#limits.verifyMs, () => {
      this.#verify()
      this.#cancelVerify = this.#verifyLater()
    })
  }

  #wake(topic: string): void {
    for (const wake of this.#watchers.get(topic) ?? []) wake()
  }
}
