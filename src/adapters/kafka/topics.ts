// The topics of a system on Kafka: that they are there, that they keep what they are given, and what lies at their end.
import {
  type Connection,
  createTopicsV5,
  describeConfigsV4,
  fetchV11,
  listOffsetsV5,
  produceV7,
} from '@platformatic/kafka'
import type { PlacedMessage } from '../../messaging/carried/carrier.port.ts'
import type { Cluster, Leader } from './cluster.ts'
import { refusalIn, unavailable, unsuitable } from './failures.ts'
import { headerBytes, kafkaLimits, retryDelayMs } from './limits.ts'
import { decodeMessage, type KafkaRecord, type NewRecord } from './message.ts'

/** How topics are made, and what is demanded of those that are there. */
export interface KafkaTopicOptions {
  /** Whether topics are made when they are missing. Without it somebody else has to. */
  readonly create?: boolean
  /** Bytes that a topic keeps; the oldest messages go first, a segment at a time. */
  readonly bytesMax?: number
  /** Servers that keep each message; without it what the servers do by themselves. From three on two must have it. */
  readonly replicas?: number
}

export const kafkaTopicDefaults = { create: true, bytesMax: 1_073_741_824 } as const

export interface TopicsOptions {
  readonly cluster: Pick<Cluster, 'at' | 'atController' | 'atSome' | 'leader' | 'offers'>
  readonly topics: KafkaTopicOptions & { readonly create: boolean; readonly bytesMax: number }
  readonly messageBytesMax: number
  readonly timeoutMs: number
  readonly pause: (delayMs: number) => Promise<void>
}

/** Records of a topic that follow each other, and where to go on. */
export interface Page {
  readonly records: readonly KafkaRecord[]
  readonly next: number
}

/** The first offset that a topic keeps, and the one behind its last. */
export interface Reach {
  readonly first: number
  readonly end: number
}

/** How long requests to rewind are kept. Whoever misses one is asked again. */
const rewindsKeptMs = 3_600_000

export class Topics {
  readonly #options: TopicsOptions
  readonly #provided = new Map<string, Promise<Leader>>()

  constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** Finds a topic and who leads it, or makes it; once, until it is forgotten. */
  provide(topic: string): Promise<Leader> {
    return this.#once(topic, this.#logConfigs())
  }

  provideRewinds(topic: string): Promise<Leader> {
    return this.#once(topic, { 'cleanup.policy': 'delete', 'retention.ms': String(rewindsKeptMs) })
  }

  /** A topic, or every one, may have gone, or have another leader. */
  forget(topic?: string): void {
    if (topic === undefined) this.#provided.clear()
    else this.#provided.delete(topic)
  }

  /** Appends records as one batch. Resolves when every server that has to keep them has them. */
  async append(leader: Leader, topic: string, records: readonly NewRecord[]): Promise<void> {
    const { cluster, timeoutMs, messageBytesMax } = this.#options
    // The server gives up before its answer is given up here.
    const serverMs = Math.ceil(timeoutMs * 0.8)
    const batch = records.map((record) => ({ ...record, topic, partition: 0 }))
    try {
      const all = -1
      await cluster.at(leader, `messages for ${topic}`, (connection) =>
        produceV7.api.async(connection, all, serverMs, batch),
      )
    } catch (error) {
      this.forget(topic)
      const isTooLarge = refusalIn(error) === 'MESSAGE_TOO_LARGE'
      throw isTooLarge ? tooSmall(topic, messageBytesMax, 'less') : error
    }
  }

  async reach(leader: Leader, topic: string): Promise<Reach> {
    const [first, end] = await Promise.all([
      this.#offset(leader, topic, -2n),
      this.#offset(leader, topic, -1n),
    ])
    return { first, end }
  }

  /** How far a topic reaches, and the last message of a log in it. */
  async end(leader: Leader, topic: string): Promise<Reach & { readonly last?: PlacedMessage }> {
    const reach = await this.reach(leader, topic)
    let step = 1
    for (let through = reach.end; through > reach.first; ) {
      const from = Math.max(reach.first, through - step)
      const last = await this.#lastIn(leader, topic, { first: from, end: through })
      if (last) return { ...reach, last }
      through = from
      step = kafkaLimits.lookedMax
    }
    return reach
  }

  async #lastIn(
    leader: Leader,
    topic: string,
    { first, end }: Reach,
  ): Promise<PlacedMessage | undefined> {
    let last: PlacedMessage | undefined
    for (let offset = first; offset < end; ) {
      const page = await this.#options.cluster.at(leader, `the end of ${topic}`, (connection) =>
        fetchPage(connection, { topic, offset, waitMs: 0 }),
      )
      if (page.next <= offset) break
      offset = page.next
      last = page.records.map(decodeMessage).findLast((each) => each !== undefined) ?? last
    }
    return last
  }

  async #offset(leader: Leader, name: string, timestamp: bigint): Promise<number> {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }]
    const { topics } = await this.#options.cluster.at(leader, `how far ${name} reaches`, (at) =>
      listOffsetsV5.api.async(at, -1, 0, [{ name, partitions }]),
    )
    const offset = topics[0]?.partitions[0]?.offset
    if (offset === undefined) throw unavailable(`Kafka does not say how far ${name} reaches.`)
    return Number(offset)
  }

  #once(topic: string, configs: Readonly<Record<string, string>>): Promise<Leader> {
    const known = this.#provided.get(topic)
    if (known) return known
    const fresh = this.#findOrMake(topic, configs)
    this.#provided.set(topic, fresh)
    fresh.catch(() => this.#provided.delete(topic))
    return fresh
  }

  async #findOrMake(topic: string, configs: Readonly<Record<string, string>>): Promise<Leader> {
    const { cluster, topics, pause } = this.#options
    const found = await cluster.leader(topic)
    if (found) {
      await this.#assertSuitable(topic)
      return found
    }
    if (!topics.create)
      throw unsuitable(`There is no topic ${topic}. Make it, or allow that it is made.`)
    await this.#make(topic, configs)
    for (let looks = 0; ; looks += 1) {
      const made = await cluster.leader(topic).catch((error: unknown) => {
        if (looks >= kafkaLimits.leaderLooksMax) throw error
        return undefined
      })
      if (made) return made
      if (looks >= kafkaLimits.leaderLooksMax)
        throw unavailable(`The topic ${topic} was made, and Kafka does not find it yet.`)
      await pause(retryDelayMs(looks))
    }
  }

  async #make(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const { cluster, timeoutMs, topics } = this.#options
    const { replicas = -1 } = topics
    const given = replicas < 3 ? configs : { ...configs, 'min.insync.replicas': '2' }
    const topic = {
      name,
      numPartitions: 1,
      replicationFactor: replicas,
      assignments: [],
      configs: Object.entries(given).map(([key, value]) => ({ name: key, value })),
    }
    try {
      await cluster.atController(`the topic ${name}`, (connection) =>
        createTopicsV5.api.async(connection, [topic], Math.ceil(timeoutMs * 0.8), false),
      )
    } catch (error) {
      // Another process has made it a moment ago.
      if (refusalIn(error) !== 'TOPIC_ALREADY_EXISTS') throw error
    }
  }

  /** Looks whether a topic that somebody else may have made keeps what it is given. */
  async #assertSuitable(topic: string): Promise<void> {
    const { cluster, messageBytesMax } = this.#options
    if (!cluster.offers('DescribeConfigs')) return
    const asked = cluster.atSome(`how ${topic} was made`, (connection) =>
      readConfigs(connection, topic),
    )
    const configs = await asked.catch((error: unknown) => {
      // Whoever may write and read does not have to be allowed to look.
      if (refusalIn(error)?.endsWith('AUTHORIZATION_FAILED')) return new Map<string, string>()
      throw error
    })
    const policy = configs.get('cleanup.policy') ?? 'delete'
    if (policy !== 'delete') {
      throw unsuitable(
        `The topic ${topic} cannot carry a log: its cleanup.policy is "${policy}", not "delete", and removes messages in the middle.`,
      )
    }
    const taken = Number(configs.get('max.message.bytes') ?? Number.POSITIVE_INFINITY)
    if (taken < messageBytesMax + headerBytes) throw tooSmall(topic, messageBytesMax, String(taken))
  }

  #logConfigs(): Readonly<Record<string, string>> {
    const { messageBytesMax, topics } = this.#options
    return {
      'cleanup.policy': 'delete',
      // Why no age: the log of the producer outlives the topic, and a topic that has aged to nothing would be filled anew.
      'retention.ms': '-1',
      'retention.bytes': String(topics.bytesMax),
      'max.message.bytes': String(messageBytesMax + headerBytes),
    }
  }
}

/** Reads partition 0 of a topic from an offset; waits for something to be there. */
export async function fetchPage(
  connection: Connection,
  {
    topic,
    offset,
    waitMs,
  }: { readonly topic: string; readonly offset: number; readonly waitMs: number },
): Promise<Page> {
  const { fetchedBytesMax } = kafkaLimits
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: fetchedBytesMax,
  }
  const topics = [{ topicId: topic, partitions: [partition] }]
  const isolation = 0
  const [session, epoch] = [0, -1]
  const answer = await fetchV11.api.async(
    connection,
    waitMs,
    1,
    fetchedBytesMax,
    isolation,
    session,
    epoch,
    topics,
    [],
    '',
  )
  const records: KafkaRecord[] = []
  let next = offset
  for (const batch of answer.responses[0]?.partitions[0]?.records ?? []) {
    const first = Number(batch.firstOffset)
    next = Math.max(next, first + batch.lastOffsetDelta + 1)
    // A batch of marks that only servers and transactions know.
    if ((batch.attributes & controlMask) !== 0) continue
    for (const { offsetDelta, key, value, headers } of batch.records) {
      // A batch comes whole, also when it is read from its middle.
      if (first + offsetDelta < offset) continue
      records.push({ offset: first + offsetDelta, key, value, headers })
    }
  }
  return { records, next }
}

const controlMask = 0x20

async function readConfigs(
  connection: Connection,
  topic: string,
): Promise<ReadonlyMap<string, string>> {
  const resourceType = 2
  const { results } = await describeConfigsV4.api.async(connection, [
    {
      resourceType,
      resourceName: topic,
      configurationKeys: ['cleanup.policy', 'max.message.bytes'],
    },
  ])
  return new Map(results[0]?.configs.map(({ name, value }) => [name, value ?? '']))
}

function tooSmall(topic: string, messageBytesMax: number, taken: string): Error {
  return unsuitable(
    `The topic ${topic} takes ${taken === 'less' ? 'less than' : `${taken} bytes at once, and not`} ${messageBytesMax + headerBytes} bytes. Raise its max.message.bytes, or lower messageBytesMax.`,
  )
}
