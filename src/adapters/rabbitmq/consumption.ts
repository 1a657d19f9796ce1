// One reading of a stream. The server hands over so many messages, and further ones as they are acknowledged: that is
// done when they were taken, so nothing piles up while a reader is slow. After a lost connection, and when the channel
// or the stream has gone, it begins anew behind the last place that was taken.
import type { Channel, ConsumeMessage } from 'amqplib'
import { messageOf } from '../../language/errors.ts'
import type { ConsumeRequest, PlacedMessage } from '../../messaging/carried/carrier.port.ts'
import { type Link, rabbitLimits, retryDelayMs } from './link.ts'
import { decodeMessage, placeIn } from './message.ts'
import type { Streams } from './streams.ts'

export interface ConsumptionOptions {
  readonly link: Link
  readonly streams: Streams
  readonly queue: string
  readonly request: ConsumeRequest
  readonly report: (message: string) => void
}

export class Consumption implements AsyncDisposable {
  readonly #options: ConsumptionOptions
  #next: number
  #isClosed = false
  #session: Session | undefined
  #wake = (): void => undefined

  constructor(options: ConsumptionOptions) {
    this.#options = options
    this.#next = Math.max(1, options.request.from)
  }

  /** Begins. Rejects when the server cannot be reached. */
  async start(): Promise<void> {
    await this.#options.streams.provide(this.#options.request.topic)
    const first = await this.#open()
    void this.#run(first)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#session?.end()
    this.#wake()
  }

  async #run(first: Session): Promise<void> {
    let failures = 0
    for (let session: Session | undefined = first; !this.#isClosed; ) {
      const before = this.#next
      try {
        session ??= await this.#reopen()
        await this.#takeAll(session)
      } catch (error) {
        this.#options.report(messageOf(error))
      }
      session = undefined
      failures = this.#next > before ? 0 : failures + 1
      if (!this.#isClosed) await this.#pause(failures)
    }
  }

  /** A stream that has become shorter was lost and begun anew: it is read from its first message. */
  async #reopen(): Promise<Session> {
    const { streams, request } = this.#options
    streams.forget(request.topic)
    await streams.provide(request.topic)
    const { place } = await streams.end(request.topic)
    if (place < this.#next - 1) this.#next = 1
    return this.#open()
  }

  async #open(): Promise<Session> {
    const { link, queue } = this.#options
    const channel = await link.channel()
    await link.answered(channel.prefetch(rabbitLimits.prefetchMax), 'a prefetch')
    const session = new Session(channel)
    const options = { arguments: { 'x-stream-offset': this.#next - 1 } }
    const note = (message: ConsumeMessage | null): void => session.note(message)
    await link.answered(channel.consume(queue, note, options), `the stream ${queue}`)
    return session
  }

  async #takeAll(session: Session): Promise<void> {
    this.#session = session
    if (this.#isClosed) session.end()
    try {
      for await (const messages of session.pages()) {
        await this.#take(messages)
        session.acknowledge()
      }
    } finally {
      this.#session = undefined
      session.end()
    }
  }

  async #take(messages: readonly ConsumeMessage[]): Promise<void> {
    const taken: PlacedMessage[] = []
    let next = this.#next
    for (const each of messages) {
      const message = decodeMessage(each)
      if (message) taken.push(message)
      next = placeIn(each) + 1
    }
    if (taken.length > 0 && !this.#isClosed) await this.#options.request.take(taken)
    this.#next = next
  }

  #pause(failures: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, retryDelayMs(failures))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** What comes on one channel, until that ends. */
class Session {
  readonly #channel: Channel
  #queue: ConsumeMessage[] = []
  #last: ConsumeMessage | undefined
  #isEnded = false
  #wake = (): void => undefined

  constructor(channel: Channel) {
    this.#channel = channel
    channel.on('close', () => this.#end())
  }

  /** Nothing in place of a message: the stream was removed. */
  note(message: ConsumeMessage | null): void {
    if (message) this.#queue.push(message)
    else this.#isEnded = true
    this.#wake()
  }

  async *pages(): AsyncIterable<readonly ConsumeMessage[]> {
    while (!this.#isEnded) {
      const page = this.#queue
      this.#queue = []
      this.#last = page.at(-1) ?? this.#last
      if (page.length > 0) yield page
      else await this.#untilHeard()
    }
  }

  /** Lets the server hand over as many as were taken. */
  acknowledge(): void {
    if (this.#last && !this.#isEnded) this.#channel.ack(this.#last, true)
  }

  end(): void {
    if (this.#isEnded) return
    this.#end()
    this.#channel.close().catch(() => undefined)
  }

  #end(): void {
    this.#isEnded = true
    this.#wake()
  }

  async #untilHeard(): Promise<void> {
    if (this.#queue.length > 0 || this.#isEnded) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
