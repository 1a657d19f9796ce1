// No broker at all: consumers follow the logs of other processes after their cursors, by long polling. Inside a process
// messages go their usual way; for a log that is written elsewhere a follower stands where its relay would be.
import type { Clock } from '../../runtime/clock.port.ts'
import type {
  Broker,
  BrokerSupport,
  DirectBroker,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../broker.port.ts'
import { FeedFollower, type FollowerOptions } from './feed-follower.ts'

export interface FeedBrokerOptions extends Omit<FollowerOptions, 'topic' | 'local'> {
  /** The broker inside this process, which this one is made of. */
  readonly local: Broker
  /** Whether the log of a topic is written in this process. */
  readonly isHere: (topic: string) => boolean
  readonly clock: Clock
}

/** Creates a broker that gets what is written in other processes from there. */
export function feedBroker(options: FeedBrokerOptions): Broker {
  return new FeedBroker(options)
}

class FeedBroker implements Broker {
  readonly supports: BrokerSupport = { durable: false }
  readonly #options: FeedBrokerOptions
  readonly #followers = new Map<string, FeedFollower>()
  declare readonly direct?: DirectBroker

  constructor(options: FeedBrokerOptions) {
    this.#options = options
    if (options.local.direct) this.direct = options.local.direct
  }

  publish(batch: MessageBatch): Promise<void> {
    return this.#options.local.publish(batch)
  }

  wanted(topic: string, incarnation: string): Promise<readonly number[]> {
    return this.#options.local.wanted(topic, incarnation)
  }

  watch(topic: string, wake: () => void): () => void {
    return this.#options.local.watch(topic, wake)
  }

  async subscribe(request: SubscribeRequest): Promise<Subscription> {
    const { local, isHere } = this.#options
    if (isHere(request.topic)) return local.subscribe(request)
    const follower = this.#followerOf(request.topic)
    const subscription = await local.subscribe(request)
    follower.add(request)
    return {
      get position() {
        return subscription.position
      },
      [Symbol.asyncDispose]: async () => {
        const isLast = follower.remove(request)
        const ended = subscription[Symbol.asyncDispose]()
        if (isLast) await this.#end(request.topic, follower)
        await ended
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#followers]
    await Promise.all(all.map(([topic, follower]) => this.#end(topic, follower)))
  }

  #followerOf(topic: string): FeedFollower {
    const known = this.#followers.get(topic)
    if (known) return known
    const fresh = new FeedFollower({ ...this.#options, topic })
    this.#followers.set(topic, fresh)
    return fresh
  }

  async #end(topic: string, follower: FeedFollower): Promise<void> {
    if (this.#followers.get(topic) === follower) this.#followers.delete(topic)
    await follower.stop()
  }
}
