// The reference of the carrier port: a message server in memory, that tests can let lose things, and connections to it.
import type {
  CarriedMessage,
  Carrier,
  CarrierSupport,
  ConsumeRequest,
  PlacedMessage,
  RewindRequest,
} from '../../messaging/carried/carrier.port.ts'
import { DureError } from '../../language/errors.ts'

export interface MemoryServerOptions {
  /** Messages of a topic that are kept; the oldest go first. Without it all are. */
  readonly keptMax?: number
  readonly messageBytesMax?: number
}

/** A message server that lives as long as this value. */
export interface MemoryMessageServer {
  /** Connects to it. */
  open(): Carrier
  /** Loses the last messages of a topic, though it has acknowledged them. Nobody is told. */
  loseTail(topic: string, count: number): void
  /** Loses all topics. Nobody is told. */
  loseEverything(): void
  /** Hands the last messages of a topic to all who consume it once more, the newest first. */
  repeat(topic: string, count: number): void
  /** Takes no calls, and hands nothing over, until `goOn`. */
  pause(): void
  goOn(): void
}

/** Messages that are handed over at once. */
const takenMax = 64

interface Topic {
  messages: PlacedMessage[]
  /** The place of the newest message. */
  place: number
  readonly consumptions: Set<Consumption>
}

interface Consumption {
  readonly request: ConsumeRequest
  next: number
  isBusy: boolean
  isClosed: boolean
}

export function memoryMessageServer(options: MemoryServerOptions = {}): MemoryMessageServer {
  return new MemoryServer(options)
}

class MemoryServer implements MemoryMessageServer {
  readonly options: MemoryServerOptions
  readonly ears = new Map<string, Set<(request: RewindRequest) => void>>()
  readonly returns = new Set<() => void>()
  isPaused = false
  readonly #topics = new Map<string, Topic>()

  constructor(options: MemoryServerOptions) {
    this.options = options
  }

  open(): Carrier {
    return new MemoryCarrier(this)
  }

  topic(name: string): Topic {
    const known = this.#topics.get(name)
    if (known) return known
    const fresh: Topic = { messages: [], place: 0, consumptions: new Set() }
    this.#topics.set(name, fresh)
    return fresh
  }

  loseTail(name: string, count: number): void {
    const topic = this.topic(name)
    topic.messages.splice(-count, count)
    topic.place = topic.messages.at(-1)?.place ?? 0
    for (const each of topic.consumptions) each.next = Math.min(each.next, topic.place + 1)
  }

  loseEverything(): void {
    for (const [name, { messages }] of this.#topics) this.loseTail(name, messages.length)
  }

  repeat(name: string, count: number): void {
    const { messages, consumptions } = this.topic(name)
    const repeated = messages.slice(-count).toReversed()
    for (const each of consumptions) void each.request.take(repeated)
  }

  pause(): void {
    this.isPaused = true
  }

  goOn(): void {
    this.isPaused = false
    for (const topic of this.#topics.values()) this.handOver(topic)
    for (const listener of this.returns) listener()
  }

  append(name: string, messages: readonly CarriedMessage[]): void {
    const topic = this.topic(name)
    for (const message of messages) {
      topic.place += 1
      topic.messages.push({ ...message, place: topic.place })
    }
    const { keptMax = Number.POSITIVE_INFINITY } = this.options
    if (topic.messages.length > keptMax) topic.messages = topic.messages.slice(-keptMax)
    this.handOver(topic)
  }

  handOver(topic: Topic): void {
    for (const each of topic.consumptions) {
      if (each.isBusy || each.isClosed) continue
      each.isBusy = true
      void this.#handOn(each)
    }
  }

  async #handOn(consumption: Consumption): Promise<void> {
    // Why the turn: nobody is called from within his own call.
    await Promise.resolve()
    for (let taken = this.#next(consumption); taken.length > 0; taken = this.#next(consumption)) {
      consumption.next = (taken.at(-1)?.place ?? 0) + 1
      await consumption.request.take(taken)
    }
    consumption.isBusy = false
  }

  #next({ request, next, isClosed }: Consumption): readonly PlacedMessage[] {
    if (this.isPaused || isClosed) return []
    const { messages, place } = this.topic(request.topic)
    const first = Math.max(0, next - (messages[0]?.place ?? place + 1))
    return messages.slice(first, first + takenMax)
  }
}

class MemoryCarrier implements Carrier {
  readonly supports: CarrierSupport
  readonly #server: MemoryServer
  readonly #open = new Set<AsyncDisposable>()

  constructor(server: MemoryServer) {
    this.#server = server
    this.supports = {
      durable: false,
      messageBytesMax: server.options.messageBytesMax ?? Number.POSITIVE_INFINITY,
    }
  }

  async append(topic: string, messages: readonly CarriedMessage[]): Promise<void> {
    this.#reach()
    const written = messages.map((message) => ({ ...message, body: message.body }))
    this.#server.append(topic, written)
  }

  async last(topic: string): Promise<PlacedMessage | undefined> {
    this.#reach()
    return this.#server.topic(topic).messages.at(-1)
  }

  async consume(request: ConsumeRequest): Promise<AsyncDisposable> {
    this.#reach()
    const topic = this.#server.topic(request.topic)
    const next = Math.max(1, request.from)
    const consumption: Consumption = { request, next, isBusy: false, isClosed: false }
    topic.consumptions.add(consumption)
    this.#server.handOver(topic)
    return this.#ended(() => {
      consumption.isClosed = true
      topic.consumptions.delete(consumption)
    })
  }

  async ask(request: RewindRequest): Promise<void> {
    this.#reach()
    for (const listener of this.#server.ears.get(request.topic) ?? []) listener({ ...request })
  }

  async hear(topic: string, listener: (request: RewindRequest) => void): Promise<AsyncDisposable> {
    this.#reach()
    const listeners = this.#server.ears.get(topic) ?? new Set()
    const own = (request: RewindRequest): void => listener(request)
    this.#server.ears.set(topic, listeners.add(own))
    return this.#ended(() => void listeners.delete(own))
  }

  onReturn(listener: () => void): () => void {
    const own = (): void => listener()
    this.#server.returns.add(own)
    return () => void this.#server.returns.delete(own)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#open, (each) => each[Symbol.asyncDispose]()))
  }

  #reach(): void {
    if (this.#server.isPaused)
      throw new DureError('BROKER_UNAVAILABLE', 'The message server in memory takes no calls now.')
  }

  #ended(end: () => void): AsyncDisposable {
    const open: AsyncDisposable = {
      [Symbol.asyncDispose]: async () => {
        end()
        this.#open.delete(open)
      },
    }
    this.#open.add(open)
    return open
  }
}
