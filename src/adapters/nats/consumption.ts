// One reading of a stream. It pulls: the server sends as many messages as were asked for, so that nothing piles up here
// while a reader is slow. The consumer at the server is made anew whenever something seems to be missing (a lost
// connection, no sign of life, a number that was left out), behind the last place that was taken.
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node'
import { messageOf } from '../../language/errors.ts'
import type { ConsumeRequest, PlacedMessage } from '../../messaging/carried/carrier.port.ts'
import { type JetStream, unavailable } from './jetstream.ts'
import { natsConsumptionLimits, retryDelayMs } from './limits.ts'
import { decodeMessage } from './message.ts'

export interface ConsumptionOptions {
  readonly connection: NatsConnection
  readonly jetStream: JetStream
  readonly request: ConsumeRequest
  readonly stream: string
  readonly subjects: string
  readonly report: (message: string) => void
}

export class Consumption implements AsyncDisposable {
  readonly #options: ConsumptionOptions
  #next: number
  #created: string | undefined
  #isClosed = false
  #end: (() => void) | undefined

  constructor(options: ConsumptionOptions) {
    this.#options = options
    this.#next = Math.max(1, options.request.from)
  }

  /** Begins. Rejects when the server cannot be reached. */
  async start(): Promise<void> {
    const first = await this.#open()
    void this.#run(first)
  }

  /** Something may have been missed: what is read is asked for anew. */
  renew(): void {
    this.#end?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#end?.()
  }

  async #run(first: string): Promise<void> {
    let failures = 0
    for (let consumer: string | undefined = first; !this.#isClosed; ) {
      const before = this.#next
      try {
        consumer ??= await this.#open()
        await this.#session(consumer)
      } catch (error) {
        this.#options.report(messageOf(error))
      }
      consumer = undefined
      failures = this.#next > before ? 0 : failures + 1
      if (!this.#isClosed) await pause(failures)
    }
  }

  async #open(): Promise<string> {
    const { jetStream, stream, subjects } = this.#options
    const { created, lastPlace } = await jetStream.provide(stream, subjects)
    const isAnother = this.#created !== undefined && this.#created !== created
    this.#next = isAnother ? 1 : Math.min(this.#next, lastPlace + 1)
    this.#created = created
    return jetStream.consumer(stream, this.#next, natsConsumptionLimits.idleMs)
  }

  /** Pulls from a consumer until it ends, or seems to have ended. */
  async #session(consumer: string): Promise<void> {
    const { connection, jetStream, stream } = this.#options
    const session = new PullSession({ connection, jetStream, stream, consumer })
    this.#end = () => session.end()
    if (this.#isClosed) session.end()
    try {
      for await (const messages of session.pages()) await this.#take(messages)
    } finally {
      this.#end = undefined
      session.end()
      // What cannot be removed now goes by itself: nobody asks it any more.
      await jetStream.removeConsumer(stream, consumer).catch(() => undefined)
    }
  }

  async #take(messages: readonly Msg[]): Promise<void> {
    const taken: PlacedMessage[] = []
    let next = this.#next
    for (const { reply, headers, data } of messages) {
      const place = placeIn(reply)
      const message = decodeMessage(headers, place, data)
      if (message) taken.push(message)
      next = place + 1
    }
    if (taken.length > 0 && !this.#isClosed) await this.#options.request.take(taken)
    this.#next = next
  }
}

interface PullOptions {
  readonly connection: NatsConnection
  readonly jetStream: JetStream
  readonly stream: string
  readonly consumer: string
}

class PullSession {
  readonly #options: PullOptions
  #queue: Msg[] = []
  #asked = 0
  #delivered = 0
  #heardMs = Date.now()
  #isEnded = false
  #wake: () => void = () => undefined

  constructor(options: PullOptions) {
    this.#options = options
  }

  end(): void {
    this.#isEnded = true
    this.#wake()
  }

  async *pages(): AsyncIterable<readonly Msg[]> {
    const { heartbeatMs } = natsConsumptionLimits
    const inbox = createInbox()
    const { connection } = this.#options
    const callback = (error: Error | null, message: Msg): void => this.#hear(error, message)
    const subscription = connection.subscribe(inbox, { callback })
    const timer = setInterval(() => this.#listen(), heartbeatMs)
    try {
      while (!this.#isEnded) {
        const page = this.#queue
        this.#queue = []
        if (this.#asked <= 0) this.#pull(inbox)
        if (page.length > 0) yield page
        else await this.#untilHeard()
      }
    } finally {
      clearInterval(timer)
      subscription.unsubscribe()
    }
  }

  async #untilHeard(): Promise<void> {
    if (this.#queue.length > 0 || this.#asked <= 0 || this.#isEnded) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #pull(reply: string): void {
    const { connection, jetStream, stream, consumer } = this.#options
    const { pulledMax, pulledBytesMax, expiresMs, heartbeatMs } = natsConsumptionLimits
    const request = {
      batch: pulledMax,
      max_bytes: pulledBytesMax,
      expires: expiresMs * 1_000_000,
      idle_heartbeat: heartbeatMs * 1_000_000,
    }
    this.#asked = pulledMax
    this.#heardMs = Date.now()
    const subject = `${jetStream.prefix}.CONSUMER.MSG.NEXT.${stream}.${consumer}`
    connection.publish(subject, JSON.stringify(request), { reply })
  }

  #hear(error: Error | null, message: Msg): void {
    this.#heardMs = Date.now()
    const code = message.headers?.code ?? 0
    if (error) this.#isEnded = true
    else if (code === 0) this.#note(message)
    // A heartbeat has code 100. A request that has expired, or was filled as far as its bytes go, is asked again.
    else if (code === 404 || code === 408 || isFilled(message)) this.#asked = 0
    else if (code !== 100) this.#isEnded = true
    this.#wake()
  }

  #note(message: Msg): void {
    const number = numberIn(message.reply)
    // What was left out on the way is fetched by another consumer, from the last place that was taken.
    if (number !== this.#delivered + 1) this.#isEnded = true
    if (this.#isEnded) return
    this.#delivered = number
    this.#asked -= 1
    this.#queue.push(message)
  }

  #listen(): void {
    if (this.#asked > 0 && Date.now() - this.#heardMs > natsConsumptionLimits.heartbeatMs * 2.5)
      this.end()
  }
}

function isFilled({ headers }: Msg): boolean {
  return headers?.code === 409 && /exceeds max ?bytes/i.test(headers.description)
}

/** The reply subject of a message: $JS.ACK.stream.consumer.deliveries.place.number.time.pending, with two more in front. */
function tokenFromEnd(reply: string | undefined, offset: number): number {
  const tokens = reply?.split('.') ?? []
  // From 2.10 on a domain and an account may stand in front, and a random token at the end.
  const own = tokens.length > 9 ? tokens.slice(2, 11) : tokens
  const value = Number(own[offset])
  if (Number.isSafeInteger(value)) return value
  throw unavailable('NATS sent a message that says nothing of its place.')
}

function placeIn(reply: string | undefined): number {
  return tokenFromEnd(reply, 5)
}

function numberIn(reply: string | undefined): number {
  return tokenFromEnd(reply, 6)
}

function pause(failures: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, retryDelayMs(failures)))
}
