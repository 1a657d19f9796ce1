// One subscription: what was read of the topic becomes batches without gaps. Messages may come to it twice, from
// earlier on, or with some missing: it takes the one behind the last it has, and asks for it when that does not come.
import type {
  EncodedMessage,
  MessageBatch,
  SubscribeRequest,
  Subscription,
} from '../broker.port.ts'
import type { PlacedMessage, RewindRequest } from './carrier.port.ts'
import { type CarriedBrokerLimits, retryDelayMs } from './limits.ts'
import type { Clock } from '../../runtime/clock.port.ts'

/** Incarnations of the log whose messages a reader still knows to be old. */
const retiredMax = 16

export interface ReaderOptions {
  readonly request: SubscribeRequest
  readonly clock: Clock
  readonly limits: CarriedBrokerLimits
  /** Asks the producer to rewind. */
  readonly ask: (request: RewindRequest) => void
  /** Reads the topic again from its first message. */
  readonly reread: (reader: TopicReader) => void
  readonly onClosed: (reader: TopicReader) => void
}

export class TopicReader implements Subscription {
  readonly request: SubscribeRequest
  incarnation: string
  /** Up to here messages were read. */
  read: number
  /** Up to here batches were taken, or passed over. */
  position: number
  isClosed = false
  readonly #options: ReaderOptions
  readonly #retired: string[] = []
  /** Messages of other incarnations up to this place are older ones. */
  #oldThrough = 0
  /** Up to here batches were delivered. */
  #delivered: number
  #waiting: PlacedMessage[] = []
  #characters = 0
  /** Whether the place was only guessed where the topic is read from. */
  #isGuess = false
  /** The farthest position that was seen behind a gap. */
  #beyond = 0
  #cancelAsk: (() => void) | undefined
  #delivering: Promise<void> | undefined
  #wakeUp = (): void => undefined
  #roomWaiters: (() => void)[] = []

  constructor(options: ReaderOptions) {
    const { request } = options
    this.#options = options
    this.request = request
    this.incarnation = request.incarnation
    this.read = request.after
    this.position = request.after
    this.#delivered = request.after
  }

  get hasRoom(): boolean {
    const { waitingMax, charactersMax } = this.#options.limits
    return this.#waiting.length < waitingMax && this.#characters < charactersMax
  }

  /** Resolves when there is room for more, or nobody reads any longer. */
  async room(): Promise<void> {
    while (!this.hasRoom && !this.isClosed) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve))
    }
  }

  /** Notes from where it is read, and what lies there already. */
  seek({ isGuess, oldThrough }: { readonly isGuess: boolean; readonly oldThrough: number }): void {
    this.#isGuess = isGuess
    this.#oldThrough = oldThrough
  }

  /** Takes what was read of the topic next. */
  offer(messages: readonly PlacedMessage[]): void {
    for (const message of messages) this.#see(message)
    this.#attend()
    this.#deliverOn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true
    this.#cancelAsk?.()
    this.#wakeUp()
    this.#makeRoom()
    this.#options.onClosed(this)
    await this.#delivering
  }

  #see(message: PlacedMessage): void {
    const { incarnation, position, place } = message
    if (incarnation !== this.incarnation) {
      if (this.#retired.includes(incarnation) || place <= this.#oldThrough) return
      this.#restart(incarnation)
    }
    if (position > this.read + 1) {
      this.#beyond = Math.max(this.#beyond, position)
      return
    }
    this.#isGuess = false
    if (position <= this.read) return
    this.read = position
    if (!this.request.wants(message)) return
    this.#waiting.push(message)
    this.#characters += message.body.length
  }

  /** The producer's log was begun anew: so is what is read of it. */
  #restart(incarnation: string): void {
    this.#retired.push(this.incarnation)
    if (this.#retired.length > retiredMax) this.#retired.shift()
    this.incarnation = incarnation
    this.read = 0
    this.position = 0
    this.#delivered = 0
    this.#beyond = 0
    this.#waiting = []
    this.#characters = 0
  }

  /** Sees to a gap: by reading from the start where that was not done, or else with the help of the producer. */
  #attend(): void {
    if (this.#beyond <= this.read || this.isClosed) return
    if (this.#isGuess) {
      this.#isGuess = false
      this.#beyond = 0
      this.#options.reread(this)
      return
    }
    if (this.#cancelAsk === undefined) this.#askOn(this.#options.limits.askMs)
  }

  /** Asks, and again and again until something came of it: the request or what it led to may get lost. */
  #askOn(waitMs: number): void {
    const { clock, limits, ask } = this.#options
    const { incarnation, read } = this
    ask({ topic: this.request.topic, incarnation, after: read })
    const wait = (delayMs: number): void => {
      const before = this.read
      this.#cancelAsk = clock.after(delayMs, () => {
        this.#cancelAsk = undefined
        if (this.#beyond <= this.read || this.isClosed) return
        // While messages come that lead to what is missing, there is no need to ask.
        if (this.read > before || this.incarnation !== incarnation) wait(limits.askMs)
        else this.#askOn(Math.min(limits.askMsMax, waitMs * 2))
      })
    }
    wait(waitMs)
  }

  #deliverOn(): void {
    if (this.#delivering || this.isClosed || this.#passedOver()) return
    if (this.position >= this.read) return
    this.#delivering = this.#deliverAll().finally(() => {
      this.#delivering = undefined
      this.#deliverOn()
    })
  }

  /** Tells a reader who has nothing to do of a stretch without messages for him; not of too many of them. */
  #passedOver(): boolean {
    const { passOver } = this.request
    if (!passOver || this.#waiting.length > 0 || this.position >= this.read) return false
    if (this.read - this.#delivered >= this.#options.limits.passedMax) return false
    this.position = this.read
    passOver({ incarnation: this.incarnation, through: this.read })
    return true
  }

  async #deliverAll(): Promise<void> {
    for (let failures = 0; !this.isClosed && this.position < this.read; ) {
      const batch = this.#nextBatch()
      try {
        await this.request.deliver(batch)
        failures = 0
        this.#taken(batch)
      } catch {
        // The subscriber reports its failures itself; here the batch only waits for its next turn.
        failures += 1
        if (!this.isClosed) await this.#pause(failures)
      }
    }
  }

  #nextBatch(): MessageBatch {
    const { batchMax } = this.#options.limits
    const next = this.#waiting[batchMax]
    return {
      topic: this.request.topic,
      incarnation: this.incarnation,
      after: this.position,
      through: next ? next.position - 1 : this.read,
      messages: this.#waiting.slice(0, batchMax).map(asEncoded),
    }
  }

  /** Trap: the log may have been begun anew meanwhile. What was taken is then not of what waits now. */
  #taken({ incarnation, through }: MessageBatch): void {
    if (incarnation !== this.incarnation) return
    this.position = through
    this.#delivered = through
    const first = this.#waiting.findIndex(({ position }) => position > through)
    const gone = this.#waiting.splice(0, first < 0 ? this.#waiting.length : first)
    for (const { body } of gone) this.#characters -= body.length
    this.#makeRoom()
  }

  #makeRoom(): void {
    for (const resolve of this.#roomWaiters.splice(0)) resolve()
  }

  #pause(failures: number): Promise<void> {
    return new Promise((resolve) => {
      const delayMs = retryDelayMs(this.#options.limits, failures)
      const cancel = this.#options.clock.after(delayMs, resolve)
      this.#wakeUp = () => {
        cancel()
        resolve()
      }
    })
  }
}

function asEncoded({ position, type, to, body }: PlacedMessage): EncodedMessage {
  return to === undefined ? { position, type, body } : { position, type, to, body }
}
