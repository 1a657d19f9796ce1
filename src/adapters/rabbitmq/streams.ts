// The streams of a system on RabbitMQ: that they are there, and what lies at their end. A stream does not tell whether it
// holds anything. Therefore whoever makes one puts a mark at its beginning: then there is always a last message to be read.
import type { ConsumeMessage } from 'amqplib'
import type { PlacedMessage } from '../../messaging/carried/carrier.port.ts'
import { DureError } from '../../language/errors.ts'
import { type Link, rabbitLimits, retryDelayMs } from './link.ts'
import { decodeMessage, placeIn } from './message.ts'
import type { RabbitNames } from './names.ts'

/** How streams are made. */
export interface RabbitStreamOptions {
  /** Whether exchanges and streams are made when they are missing. Without it somebody else has to. */
  readonly create?: boolean
  /** Bytes that a stream keeps; the oldest messages go first, a segment at a time. */
  readonly bytesMax?: number
  readonly segmentBytesMax?: number
}

export const rabbitStreamDefaults: Required<RabbitStreamOptions> = {
  create: true,
  bytesMax: 1_073_741_824,
  segmentBytesMax: 67_108_864,
}

export interface StreamsOptions {
  readonly link: Link
  readonly names: RabbitNames
  readonly streams: Required<RabbitStreamOptions>
  /** How long a last message is waited for before a mark is set. */
  readonly lookMs: number
}

/** The end of a stream: how far it reaches, and the last message of a log in it. */
export interface StreamEnd {
  readonly place: number
  readonly message: PlacedMessage | undefined
}

export class Streams {
  readonly #options: StreamsOptions
  readonly #provided = new Map<string, Promise<void>>()

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /**
   * Finds the stream of a topic, or makes it; once, until it is forgotten.
   *
   * Trap: two at a time would not do. A stream that is being made is found already, and whoever reads it then loses
   * the whole connection. Another process can still come in between; it connects again then.
   */
  provide(topic: string): Promise<void> {
    const known = this.#provided.get(topic)
    if (known) return known
    const fresh = this.#findOrMakeInTurn(topic)
    this.#provided.set(topic, fresh)
    fresh.catch(() => this.#provided.delete(topic))
    return fresh
  }

  /** A stream, or every one, may have gone. */
  forget(topic?: string): void {
    if (topic === undefined) this.#provided.clear()
    else this.#provided.delete(topic)
  }

  /** While another process makes the stream, its right to do so is refused to this one: it will be there soon. */
  async #findOrMakeInTurn(topic: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#findOrMake(topic)
      } catch (error) {
        if (attempt >= rabbitLimits.makingMax || !isLocked(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, retryDelayMs(attempt)))
      }
    }
  }

  async #findOrMake(topic: string): Promise<void> {
    const { link, names, streams } = this.#options
    const queue = names.queue(topic)
    if (await this.#isThere(queue)) return
    if (!streams.create) throw missing(queue)
    const channel = await link.confirmChannel()
    try {
      const options = {
        durable: true,
        arguments: {
          'x-queue-type': 'stream',
          'x-max-length-bytes': streams.bytesMax,
          'x-stream-max-segment-size-bytes': streams.segmentBytesMax,
        },
      }
      // Trap: a stream that two processes make at once can stay without a leader. Another's exclusive queue is refused.
      const lock = channel.assertQueue(`${queue}.made`, { exclusive: true, durable: false })
      await link.answered(lock, `the right to make ${queue}`)
      await link.answered(channel.assertExchange(names.exchange, 'topic'), names.exchange)
      await link.answered(channel.assertQueue(queue, options), `the stream ${queue}`)
      const bound = channel.bindQueue(queue, names.exchange, names.pattern(topic))
      await link.answered(bound, `the binding of ${queue}`)
      channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true })
      await link.answered(channel.waitForConfirms(), `the beginning of ${queue}`)
      await link.answered(channel.deleteQueue(`${queue}.made`), `the end of making ${queue}`)
    } finally {
      channel.close().catch(() => undefined)
    }
  }

  /** What lies at the end of the stream of a topic. */
  async end(topic: string): Promise<StreamEnd> {
    const queue = this.#options.names.queue(topic)
    let chunk = await this.#look(queue, 'last', 1)
    if (chunk.length === 0) {
      await this.#mark(queue)
      chunk = await this.#look(queue, 'last', 1)
    }
    const place = chunk.reduce((most, each) => Math.max(most, placeIn(each)), 0)
    let first = chunk[0] ? placeIn(chunk[0]) : 1
    let message = lastOf(chunk)
    while (!message && first > 1) {
      const before = Math.max(1, first - rabbitLimits.lookedMax)
      message = lastOf(await this.#look(queue, before - 1, first - before))
      first = before
    }
    return { place, message }
  }

  async #isThere(queue: string): Promise<boolean> {
    const { link } = this.#options
    const channel = await link.channel()
    try {
      await link.answered(channel.checkQueue(queue), `the stream ${queue}`)
      channel.close().catch(() => undefined)
      return true
    } catch (error) {
      // The server has closed the channel with its answer.
      if (error instanceof DureError && error.code === 'BROKER_UNSUITABLE') return false
      throw error
    }
  }

  async #mark(queue: string): Promise<void> {
    const { link } = this.#options
    const channel = await link.confirmChannel()
    channel.sendToQueue(queue, Buffer.from('{}'), { persistent: true })
    await link.answered(channel.waitForConfirms(), `a mark in ${queue}`)
    channel.close().catch(() => undefined)
  }

  /** Reads from an offset: at least so many messages, or what there is. */
  async #look(
    queue: string,
    offset: number | 'last',
    least: number,
  ): Promise<readonly ConsumeMessage[]> {
    const { link, lookMs } = this.#options
    const channel = await link.channel()
    const found: ConsumeMessage[] = []
    try {
      await link.answered(channel.prefetch(rabbitLimits.prefetchMax), 'a prefetch')
      const { promise, resolve } = Promise.withResolvers<void>()
      const options = { arguments: { 'x-stream-offset': offset } }
      const note = (message: ConsumeMessage | null): void => {
        if (message) found.push(message)
        if (found.length >= least) resolve()
      }
      await link.answered(channel.consume(queue, note, options), `the end of ${queue}`)
      const timer = setTimeout(resolve, lookMs)
      await promise
      clearTimeout(timer)
      // What was sent together with the first messages has come when the server has answered something else.
      await link.answered(channel.checkQueue(queue), `the stream ${queue}`)
    } finally {
      channel.close().catch(() => undefined)
    }
    return found
  }
}

function lastOf(messages: readonly ConsumeMessage[]): PlacedMessage | undefined {
  return messages.map(decodeMessage).findLast((each) => each !== undefined)
}

function missing(queue: string): DureError {
  return new DureError(
    'BROKER_UNSUITABLE',
    `There is no stream ${queue}. Make it, or allow that it is made.`,
  )
}

/** Whether the server says that another connection has what is asked for: 405, resource locked. */
function isLocked(error: unknown): boolean {
  const cause = error instanceof DureError ? error.cause : undefined
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 405
}
