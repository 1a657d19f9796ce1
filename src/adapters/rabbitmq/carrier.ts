// RabbitMQ streams as a carrier, over AMQP 0.9.1: `names.ts` says what lies where on the server.
import type { Channel } from 'amqplib'
import type {
  CarriedMessage,
  Carrier,
  CarrierSupport,
  ConsumeRequest,
  PlacedMessage,
  RewindRequest,
} from '../../messaging/carried/carrier.port.ts'
import { Consumption } from './consumption.ts'
import { Ear } from './ear.ts'
import { Link } from './link.ts'
import { type RabbitNames, rabbitNames } from './names.ts'
import { Road } from './road.ts'
import { rabbitStreamDefaults, type RabbitStreamOptions, Streams } from './streams.ts'

export interface RabbitCarrierOptions {
  /** The address of the server, such as "amqp://user:password@one:5672"; "amqps" for TLS. */
  readonly url: string
  /** The name of the system: systems on one server know nothing of each other. */
  readonly system: string
  /** What the names of exchanges and queues begin with. */
  readonly prefix?: string
  /** Options of the socket: `ca`, `cert`, `key` for TLS. */
  readonly socket?: Readonly<Record<string, unknown>>
  readonly streams?: RabbitStreamOptions
  /** How long an answer of the server is waited for, in milliseconds. */
  readonly timeoutMs?: number
  /** Told of lost connections, of a server that takes nothing, and of what is tried again. */
  readonly report?: (message: string) => void
}

export const rabbitDefaults = { prefix: 'dure', timeoutMs: 5_000 } as const

/** The server takes more; a consumer would not read it. */
const messageBytesMax = 8_388_608

/**
 * Connects to RabbitMQ.
 *
 * A connection that is lost later is sought again for ever; what is asked for meanwhile fails.
 *
 * @throws `BROKER_UNAVAILABLE` when the server cannot be reached, or does not take the credentials.
 */
export async function rabbitCarrier(options: RabbitCarrierOptions): Promise<Carrier> {
  const { url, system, socket, timeoutMs = rabbitDefaults.timeoutMs } = options
  const report = options.report ?? ((): void => undefined)
  const link = new Link({ url, system, timeoutMs, socket, report })
  await link.open()
  return new RabbitCarrier(link, { ...options, timeoutMs, report })
}

class RabbitCarrier implements Carrier {
  readonly supports: CarrierSupport = { durable: true, messageBytesMax }
  readonly #link: Link
  readonly #names: RabbitNames
  readonly #streams: Streams
  readonly #report: (message: string) => void
  readonly #roads = new Map<string, Road>()
  readonly #open = new Set<AsyncDisposable>()

  constructor(
    link: Link,
    options: RabbitCarrierOptions & Required<Pick<RabbitCarrierOptions, 'timeoutMs' | 'report'>>,
  ) {
    this.#link = link
    this.#names = rabbitNames(options.prefix ?? rabbitDefaults.prefix, options.system)
    this.#report = options.report
    this.#streams = new Streams({
      link,
      names: this.#names,
      streams: { ...rabbitStreamDefaults, ...options.streams },
      lookMs: options.timeoutMs / 2,
    })
    link.onLoss(() => this.#forget())
  }

  async append(topic: string, messages: readonly CarriedMessage[]): Promise<void> {
    this.#link.assertTakes()
    await this.#streams.provide(topic)
    const road = this.#roads.get(topic) ?? new Road(this.#link, this.#names.exchange)
    this.#roads.set(topic, road)
    try {
      await road.append(messages, (type) => this.#names.key(topic, type))
    } catch (error) {
      this.#streams.forget(topic)
      throw error
    }
  }

  async last(topic: string): Promise<Omit<PlacedMessage, 'type' | 'to' | 'body'> | undefined> {
    await this.#streams.provide(topic)
    const { place, message } = await this.#streams.end(topic)
    return message && { incarnation: message.incarnation, position: message.position, place }
  }

  async consume(request: ConsumeRequest): Promise<AsyncDisposable> {
    const queue = this.#names.queue(request.topic)
    const { report, link, streams } = {
      report: this.#report,
      link: this.#link,
      streams: this.#streams,
    }
    const consumption = new Consumption({ link, streams, queue, request, report })
    await consumption.start()
    return this.#until(consumption)
  }

  async ask({ topic, incarnation, after }: RewindRequest): Promise<void> {
    const channel = await this.#link.channel()
    await this.#assertRewinds(channel)
    const body = Buffer.from(JSON.stringify({ incarnation, after }))
    channel.publish(this.#names.rewindExchange, topic.replaceAll('/', '.'), body)
    await this.#link.answered(channel.close(), 'a request to rewind')
  }

  async hear(topic: string, listener: (request: RewindRequest) => void): Promise<AsyncDisposable> {
    const ear = new Ear({
      link: this.#link,
      exchange: this.#names.rewindExchange,
      topic,
      listener,
      report: this.#report,
      prepare: (channel) => this.#assertRewinds(channel),
    })
    await ear.open()
    return this.#until(ear)
  }

  onReturn(listener: () => void): () => void {
    return this.#link.onReturn(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open) await each[Symbol.asyncDispose]()
    this.#open.clear()
    await this.#link.close()
  }

  async #assertRewinds(channel: Channel): Promise<void> {
    const { rewindExchange } = this.#names
    await this.#link.answered(channel.assertExchange(rewindExchange, 'topic'), rewindExchange)
  }

  #forget(): void {
    this.#streams.forget()
    for (const road of this.#roads.values()) road.forget()
  }

  #until(inner: AsyncDisposable): AsyncDisposable {
    this.#open.add(inner)
    return {
      [Symbol.asyncDispose]: () => {
        this.#open.delete(inner)
        return inner[Symbol.asyncDispose]()
      },
    }
  }
}
