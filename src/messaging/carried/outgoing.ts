// The producer's side of one topic. Two cursors run over the log: `next`, behind the newest message that was published,
// and, while something has to be published again, `again`, which follows until it has reached `next`. What is new is
// therefore never kept waiting by what is old.
//
//   log      1 2 3 4 5 6 7 8 9
//   again        ^ (asked for by somebody who has 1 and 2)
//   next                   ^   (published: 1 to 7)
//
// Where two relays are alive their messages lie in the topic side by side. Every reader goes by positions alone, so
// that harms nobody; nothing has to be fenced.
import type { MessageBatch } from '../broker.port.ts'
import { boundedMessage } from './bounded-message.ts'
import type { Carrier, RewindRequest } from './carrier.port.ts'

/** What is published of one topic from here. */
export interface Outgoing {
  wanted(incarnation: string): Promise<readonly number[]>
  publish(batch: MessageBatch): Promise<void>
  /** Lets `wanted` go back to a position. True when that changes it. */
  rewind(request: RewindRequest): boolean
  /** The server may have lost what it had acknowledged: looks before anything else is published. */
  doubt(): void
  stop(): Promise<void>
}

export interface OutgoingOptions {
  readonly carrier: Carrier
  readonly topic: string
  /** Called when `wanted` may have changed because somebody asked for that. */
  readonly wake: () => void
}

/** What lies at the end of an empty topic. */
const nothing = { place: 0, incarnation: '', position: 0 }

export function createOutgoing(options: OutgoingOptions): Outgoing {
  return new TopicOutgoing(options)
}

class TopicOutgoing implements Outgoing {
  readonly #options: OutgoingOptions
  #incarnation = ''
  #next: number | undefined
  #again: number | undefined
  /** The least place that the last message can have, when nothing was lost. */
  #placeMin = 0
  #isDoubted = true
  #ear: Promise<AsyncDisposable> | undefined

  constructor(options: OutgoingOptions) {
    this.#options = options
  }

  async wanted(incarnation: string): Promise<readonly number[]> {
    const next = await this.#ready(incarnation)
    return this.#again === undefined ? [next] : [this.#again, next]
  }

  async publish(batch: MessageBatch): Promise<void> {
    const next = await this.#ready(batch.incarnation)
    const again = this.#again
    const isAgain = again !== undefined && follows(batch, again)
    if (!isAgain && !follows(batch, next)) return
    await this.#append(batch, isAgain ? again : next)
    if (batch.incarnation !== this.#incarnation) return
    if (!isAgain) this.#next = batch.through
    // Somebody may have asked for something earlier meanwhile: that stands.
    else if (this.#again === again) this.#again = batch.through
    this.#meet()
  }

  rewind({ incarnation, after }: RewindRequest): boolean {
    if (incarnation !== this.#incarnation || this.#next === undefined) return false
    if (after >= this.#next || after >= (this.#again ?? this.#next)) return false
    this.#again = after
    return true
  }

  doubt(): void {
    this.#isDoubted = true
  }

  async stop(): Promise<void> {
    const ear = await this.#ear?.catch(() => undefined)
    await ear?.[Symbol.asyncDispose]()
  }

  async #ready(incarnation: string): Promise<number> {
    if (this.#incarnation !== incarnation) this.#begin(incarnation)
    await this.#listen()
    if (this.#isDoubted || this.#next === undefined) await this.#look(incarnation)
    return this.#next ?? 0
  }

  #begin(incarnation: string): void {
    this.#incarnation = incarnation
    this.#next = undefined
    this.#again = undefined
    this.#placeMin = 0
    this.#isDoubted = true
  }

  async #listen(): Promise<void> {
    const { carrier, topic, wake } = this.#options
    this.#ear ??= carrier.hear(topic, (request) => {
      if (this.rewind(request)) wake()
    })
    try {
      await this.#ear
    } catch (error) {
      this.#ear = undefined
      throw error
    }
  }

  /** Finds out what the server still has: what it has lost is published again. */
  async #look(incarnation: string): Promise<void> {
    this.#isDoubted = false
    try {
      const { carrier, topic } = this.#options
      const { place, ...last } = (await carrier.last(topic)) ?? nothing
      if (incarnation !== this.#incarnation) return
      const held = last.incarnation === incarnation ? last.position : 0
      // Another relay may have come farther.
      this.#next = Math.max(held, this.#next ?? 0)
      if (place < this.#placeMin) this.#again = Math.min(held, this.#again ?? held)
      this.#placeMin = place
      this.#meet()
    } catch (error) {
      this.#isDoubted = true
      throw error
    }
  }

  async #append(batch: MessageBatch, after: number): Promise<void> {
    const { carrier, topic } = this.#options
    const { incarnation } = batch
    const { messageBytesMax } = carrier.supports
    const fresh = batch.messages
      .filter(({ position }) => position > after)
      .map((message) => boundedMessage(message, incarnation, messageBytesMax))
    if (fresh.length === 0) return
    try {
      await carrier.append(topic, fresh)
      this.#placeMin += fresh.length
    } catch (error) {
      this.#isDoubted = true
      throw error
    }
  }

  #meet(): void {
    if (this.#again !== undefined && this.#again >= (this.#next ?? 0)) {
      this.#next = this.#again
      this.#again = undefined
    }
  }
}

function follows({ after, through }: MessageBatch, position: number): boolean {
  return after <= position && position < through
}
