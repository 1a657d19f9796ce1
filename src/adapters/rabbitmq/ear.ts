// Listens for requests to rewind a topic, on a queue of its own that goes with the connection and is made anew after it.
import type { Channel, ConsumeMessage } from 'amqplib'
import { messageOf } from '../../language/errors.ts'
import type { RewindRequest } from '../../messaging/carried/carrier.port.ts'
import type { Link } from './link.ts'

export interface EarOptions {
  readonly link: Link
  readonly exchange: string
  readonly topic: string
  readonly listener: (request: RewindRequest) => void
  readonly report: (message: string) => void
  /** Sees to it that the exchange is there. */
  readonly prepare: (channel: Channel) => Promise<void>
}

export class Ear implements AsyncDisposable {
  readonly #options: EarOptions
  readonly #stop: () => void
  #channel: Channel | undefined
  #isClosed = false

  constructor(options: EarOptions) {
    this.#options = options
    const again = (): void => {
      this.open().catch((error: unknown) => options.report(messageOf(error)))
    }
    this.#stop = options.link.onReturn(again)
  }

  async open(): Promise<void> {
    const { link, exchange, topic, prepare } = this.#options
    const channel = await link.channel()
    await prepare(channel)
    const options = { exclusive: true, autoDelete: true, durable: false }
    const { queue } = await link.answered(channel.assertQueue('', options), 'a queue')
    const bound = channel.bindQueue(queue, exchange, topic.replaceAll('/', '.'))
    await link.answered(bound, 'a binding')
    const note = (message: ConsumeMessage | null): void => this.#note(message)
    await link.answered(channel.consume(queue, note, { noAck: true }), 'a queue')
    this.#channel = channel
    if (this.#isClosed) await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#stop()
    await this.#channel?.close().catch(() => undefined)
  }

  #note(message: ConsumeMessage | null): void {
    const request = message && requestIn(this.#options.topic, message.content.toString('utf8'))
    if (request && !this.#isClosed) this.#options.listener(request)
  }
}

/** A request that somebody sent; undefined when it is none. */
function requestIn(topic: string, text: string): RewindRequest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    if (!('incarnation' in value) || !('after' in value)) return undefined
    const { incarnation, after } = value
    if (typeof incarnation !== 'string' || !Number.isSafeInteger(after)) return undefined
    return { topic, incarnation, after: Number(after) }
  } catch {
    // Anybody can publish to an exchange: what is no request is none.
    return undefined
  }
}
