// Kafka as a carrier: `names.ts` says what lies where on the cluster.
//
// Tested on the cluster that librdkafka 2.0.2 simulates (Debian's kcat): three brokers, Produce 7, Fetch 11, ListOffsets 5.
// Not tried on a server of Apache Kafka, nor with TLS or credentials. See decision 0017.
import type { ConnectionOptions } from '@platformatic/kafka'
import type {
  CarriedMessage,
  Carrier,
  CarrierSupport,
  ConsumeRequest,
  PlacedMessage,
  RewindRequest,
} from '../../messaging/carried/carrier.port.ts'
import { batchesOf } from './batches.ts'
import { Cluster } from './cluster.ts'
import { Ear } from './ear.ts'
import { headerBytes } from './limits.ts'
import { decodeMessage, type KafkaRecord } from './message.ts'
import { type KafkaNames, kafkaNames } from './names.ts'
import { parseServers } from './place.ts'
import { Reading } from './reading.ts'
import { type KafkaTopicOptions, kafkaTopicDefaults, Topics } from './topics.ts'

export interface KafkaCarrierOptions {
  /** Addresses of some servers of the cluster, such as "one:9092,two:9092": they name the others. */
  readonly servers: string
  /** The name of the system: systems on one cluster know nothing of each other. */
  readonly system: string
  /** What the names of topics begin with. */
  readonly prefix?: string
  readonly tls?: ConnectionOptions['tls']
  readonly sasl?: ConnectionOptions['sasl']
  readonly topics?: KafkaTopicOptions
  /** Bytes of JSON that one message may have; a server takes 1,048,588 with its headers unless it was told otherwise. */
  readonly messageBytesMax?: number
  /** How long an answer of a server is waited for, in milliseconds. */
  readonly timeoutMs?: number
  /** How long a server waits for messages before it says that there are none, in milliseconds. */
  readonly waitMs?: number
  /** Told of lost connections and of what is tried again. */
  readonly report?: (message: string) => void
}

export const kafkaDefaults = {
  prefix: 'dure',
  timeoutMs: 5_000,
  waitMs: 5_000,
  messageBytesMax: 1_000_000,
} as const

/**
 * Connects to Kafka. Messages are acknowledged when every server that has to keep them has them.
 *
 * A connection that is lost later is sought again for ever; what is asked for meanwhile fails.
 *
 * @throws `BROKER_UNAVAILABLE` when no server can be reached, or takes the credentials; `BROKER_UNSUITABLE` when a server
 *   is too old or too new; `CONFIG_INVALID` when the addresses cannot be read.
 */
export async function kafkaCarrier(options: KafkaCarrierOptions): Promise<Carrier> {
  const { tls, sasl } = options
  const given = { ...kafkaDefaults, report: (): void => undefined, ...options }
  const cluster = new Cluster({
    servers: parseServers(options.servers),
    client: `dure ${options.system}`,
    timeoutMs: given.timeoutMs,
    security: { ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) },
    report: given.report,
  })
  await cluster.open()
  return new KafkaCarrier(cluster, given)
}

type Given = KafkaCarrierOptions &
  Required<
    Pick<KafkaCarrierOptions, 'prefix' | 'timeoutMs' | 'waitMs' | 'messageBytesMax' | 'report'>
  >

class KafkaCarrier implements Carrier {
  readonly supports: CarrierSupport
  readonly #options: Given
  readonly #cluster: Cluster
  readonly #names: KafkaNames
  readonly #topics: Topics
  readonly #ear: Ear
  readonly #readings = new Set<Reading>()
  readonly #stopListening: () => void

  constructor(cluster: Cluster, options: Given) {
    const { messageBytesMax, timeoutMs } = options
    this.supports = { durable: true, messageBytesMax }
    this.#options = options
    this.#cluster = cluster
    this.#names = kafkaNames(options.prefix, options.system)
    const topics = { ...kafkaTopicDefaults, ...options.topics }
    this.#topics = new Topics({ cluster, topics, messageBytesMax, timeoutMs, pause })
    const { rewind, rewindKey } = this.#names
    const provide = (): ReturnType<Topics['provide']> => this.#topics.provideRewinds(rewind)
    this.#ear = new Ear({
      keyOf: rewindKey,
      read: (take) => this.#reading({ topic: rewind, from: 'end', provide, take }),
    })
    this.#stopListening = cluster.onReturn(() => this.#topics.forget())
  }

  async append(topic: string, messages: readonly CarriedMessage[]): Promise<void> {
    this.#cluster.assertReached()
    const name = this.#names.topic(topic)
    const leader = await this.#topics.provide(name)
    // One after the other: what comes first has to lie first, also when one of them fails.
    for (const batch of batchesOf(messages, this.supports.messageBytesMax + headerBytes))
      await this.#topics.append(leader, name, batch)
  }

  async last(topic: string): Promise<Omit<PlacedMessage, 'type' | 'to' | 'body'> | undefined> {
    this.#cluster.assertReached()
    const name = this.#names.topic(topic)
    const leader = await this.#topics.provide(name)
    try {
      const { end, last } = await this.#topics.end(leader, name)
      if (last) return { incarnation: last.incarnation, position: last.position, place: last.place }
      // Everything may have aged away. That is no loss that has to be made good as long as nobody misses it.
      return end === 0 ? undefined : { incarnation: '', position: 0, place: end }
    } catch (error) {
      this.#topics.forget(name)
      throw error
    }
  }

  async consume({ topic, from, take }: ConsumeRequest): Promise<AsyncDisposable> {
    const name = this.#names.topic(topic)
    const reading = this.#reading({
      topic: name,
      from: Math.max(1, from) - 1,
      provide: () => this.#topics.provide(name),
      async take(records) {
        const messages = records.map(decodeMessage).filter((each) => each !== undefined)
        if (messages.length > 0) await take(messages)
      },
    })
    await reading.start()
    this.#readings.add(reading)
    return {
      [Symbol.asyncDispose]: () => {
        this.#readings.delete(reading)
        return reading[Symbol.asyncDispose]()
      },
    }
  }

  async ask({ topic, incarnation, after }: RewindRequest): Promise<void> {
    this.#cluster.assertReached()
    const { rewind, rewindKey } = this.#names
    const leader = await this.#topics.provideRewinds(rewind)
    const key = Buffer.from(rewindKey(topic))
    const value = Buffer.from(JSON.stringify({ incarnation, after }))
    await this.#topics.append(leader, rewind, [{ key, value }])
  }

  hear(topic: string, listener: (request: RewindRequest) => void): Promise<AsyncDisposable> {
    return this.#ear.hear(topic, listener)
  }

  onReturn(listener: () => void): () => void {
    return this.#cluster.onReturn(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening()
    const readings = Array.from(this.#readings, (reading) => reading[Symbol.asyncDispose]())
    this.#readings.clear()
    const ear = this.#ear[Symbol.asyncDispose]()
    // Whoever still waits for a server that stands still is told that nobody wants its answer.
    this.#cluster.close()
    await Promise.all([...readings, ear])
  }

  #reading(facts: {
    readonly topic: string
    readonly from: number | 'end'
    readonly provide: () => ReturnType<Topics['provide']>
    readonly take: (records: readonly KafkaRecord[]) => Promise<void>
  }): Reading {
    const { waitMs, report } = this.#options
    return new Reading({
      ...facts,
      cluster: this.#cluster,
      topics: this.#topics,
      waitMs,
      report,
    })
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs))
}
