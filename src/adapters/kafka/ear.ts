// Listens for requests to rewind: one reading of their topic from its end on, for all topics that somebody listens for.
import type { RewindRequest } from '../../messaging/carried/carrier.port.ts'
import type { KafkaRecord } from './message.ts'
import type { Reading } from './reading.ts'

type Listener = (request: RewindRequest) => void

export interface EarOptions {
  /** Makes a reading of the requests. */
  readonly read: (take: (records: readonly KafkaRecord[]) => Promise<void>) => Reading
  readonly keyOf: (topic: string) => string
}

export class Ear implements AsyncDisposable {
  readonly #options: EarOptions
  readonly #listeners = new Set<{ readonly topic: string; readonly listener: Listener }>()
  #reading: Reading | undefined
  #opened: Promise<void> | undefined

  constructor(options: EarOptions) {
    this.#options = options
  }

  /** Hears every request of the topic that is made from now on. */
  async hear(topic: string, listener: Listener): Promise<AsyncDisposable> {
    const own = { topic, listener }
    await this.#listen()
    this.#listeners.add(own)
    return { [Symbol.asyncDispose]: async () => void this.#listeners.delete(own) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear()
    await this.#reading?.[Symbol.asyncDispose]()
  }

  async #listen(): Promise<void> {
    const opened = (this.#opened ??= this.#open())
    try {
      await opened
    } catch (error) {
      if (this.#opened === opened) this.#opened = undefined
      throw error
    }
  }

  #open(): Promise<void> {
    this.#reading = this.#options.read(async (records) => {
      for (const record of records) this.#note(record)
    })
    return this.#reading.start()
  }

  #note({ key, value }: KafkaRecord): void {
    for (const { topic, listener } of this.#listeners) {
      if (String(key) !== this.#options.keyOf(topic)) continue
      const request = requestIn(topic, String(value))
      if (request) listener(request)
    }
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
    // Anybody can write to a topic: what is no request is none.
    return undefined
  }
}
