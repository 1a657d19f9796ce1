// The connections to a Kafka cluster. A server answers what comes on one connection in turn: whoever waits there for new
// records has a connection of his own, everything else shares one for each server.
//
// Requests have one version each, the same on every server from 3.5 on and on the one that this was tested on; only
// metadata is asked for in another way where the server knows no ids of topics.
import {
  apiVersionsV1,
  Connection,
  type ConnectionOptions,
  metadataV2,
  metadataV12,
  ResponseError,
} from '@platformatic/kafka'
import { DureError } from '../../language/errors.ts'
import { asFailure, refusalIn, unavailable, unsuitable } from './failures.ts'
import { retryDelayMs } from './limits.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ClusterOptions {
  readonly servers: readonly Address[]
  readonly client: string
  readonly timeoutMs: number
  /** TLS and credentials. */
  readonly security: Pick<ConnectionOptions, 'tls' | 'sasl'>
  readonly report: (message: string) => void
}

/** The server that has partition 0 of a topic. */
export interface Leader extends Address {
  /** Another id is another topic of the same name. Empty where the server knows none. */
  readonly topicId: string
}

type Metadata = Awaited<ReturnType<typeof metadataV2.api.async>>

/** The versions of the requests that are sent, by the names of their kinds. */
const spoken = { Produce: 7, Fetch: 11, ListOffsets: 5 } as const
const noTopicId = '00000000-0000-0000-0000-000000000000'

export class Cluster {
  readonly #options: ClusterOptions
  readonly #shared = new Map<string, Promise<Connection>>()
  readonly #all = new Set<Connection>()
  readonly #returns = new Set<() => void>()
  /** The highest version of each kind of request that the servers take. */
  #offered = new Map<string, number>()
  #discovered: readonly Address[] = []
  /** The server that makes topics, where others do not pass that on to it. */
  #controller: Address | undefined
  #isSought = false
  #isClosed = false
  #reached = Promise.withResolvers<void>()
  #wake = (): void => undefined

  constructor(options: ClusterOptions) {
    this.#options = options
  }

  /** Connects. Rejects with `BROKER_UNAVAILABLE`, or `BROKER_UNSUITABLE` for a server that is too old or too new. */
  async open(): Promise<void> {
    try {
      await this.#atAny((connection) => this.#meet(connection))
    } catch (cause) {
      this.close()
      const places = this.#options.servers.map(nameOf).join(', ')
      throw asFailure(cause, `at ${places}`)
    }
  }

  /** Fails at once while nobody can be reached. */
  assertReached(): void {
    if (this.#isSought) throw unavailable('The connection to Kafka is lost, and being sought.')
  }

  /** Resolves at once, or when somebody can be reached again, or nobody wants that any more. */
  async untilReached(): Promise<void> {
    if (this.#isSought && !this.#isClosed) await this.#reached.promise
  }

  /**
   * An answer that comes over a connection, or an end of the waiting for it. The client promises that too; whoever waits
   * for ever would keep everything of a topic waiting.
   */
  async answered<Answer>(
    connection: Connection,
    answer: Promise<Answer>,
    waitMs = 0,
  ): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const limitMs = (waitMs + this.#options.timeoutMs) * 2
      timer = setTimeout(() => {
        this.#seek()
        reject(unavailable(`Kafka did not answer within ${limitMs} ms.`))
      }, limitMs)
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      if (refusalIn(error) === undefined) this.drop(connection)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Whether the servers take requests of a kind, such as "CreateTopics". */
  offers(kind: string): boolean {
    return this.#offered.has(kind)
  }

  /** Who leads partition 0 of a topic; undefined when there is no such topic. */
  async leader(topic: string): Promise<Leader | undefined> {
    const useIds = (this.#offered.get('Metadata') ?? 0) >= 12
    const ask = (connection: Connection): Promise<Metadata> => {
      const answer = useIds
        ? // Why the cast: a topic that is asked for by its name comes with its name.
          (metadataV12.api.async(connection, [topic], false, false) as Promise<Metadata>)
        : metadataV2.api.async(connection, [topic])
      return answer.then(
        (found) => this.#learn(found),
        (error: unknown) => {
          // Why the cast: what refuses a topic tells of the servers all the same.
          if (error instanceof ResponseError) this.#learn(error['response'] as Metadata)
          throw error
        },
      )
    }
    try {
      const { brokers, topics } = await this.atSome(`where ${topic} is`, ask)
      const found = topics.find(({ name }) => name === topic)
      const first = found?.partitions.find(({ partitionIndex }) => partitionIndex === 0)
      const broker = brokers.find(({ nodeId }) => nodeId === first?.leaderId)
      if (!found || !broker) throw unavailable(`Nobody leads the topic ${topic} of Kafka now.`)
      const topicId = found.topicId === noTopicId ? '' : found.topicId
      return { host: broker.host, port: broker.port, topicId }
    } catch (error) {
      if (refusalIn(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
      throw error
    }
  }

  /** Asks a server over the connection that everything shares. */
  async at<Answer>(
    address: Address,
    what: string,
    ask: (connection: Connection) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const connection = await this.#reach(address)
      return await this.answered(connection, ask(connection))
    } catch (cause) {
      throw this.failed(cause, what)
    }
  }

  /** Asks any server that answers. */
  async atSome<Answer>(
    what: string,
    ask: (connection: Connection) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await this.#atAny(ask)
    } catch (cause) {
      throw this.failed(cause, what)
    }
  }

  /** Asks the server that makes topics. */
  async atController<Answer>(
    what: string,
    ask: (connection: Connection) => Promise<Answer>,
  ): Promise<Answer> {
    return this.#controller ? this.at(this.#controller, what, ask) : this.atSome(what, ask)
  }

  /** Opens a connection for one who waits there as long as `waitMs`. Whoever asked for it gives it to `drop`. */
  async dial({ host, port }: Address, waitMs: number): Promise<Connection> {
    const { client, timeoutMs, security } = this.#options
    if (this.#isClosed) throw unavailable('The connection to Kafka was closed.')
    const connection = new Connection(client, {
      ...security,
      connectTimeout: timeoutMs,
      requestTimeout: waitMs + timeoutMs,
    })
    // Whoever waits for an answer hears of it; an error that nobody listens to would end the process.
    connection.on('error', () => undefined)
    this.#all.add(connection)
    try {
      await this.answered(connection, Promise.resolve(connection.connect(host, port)))
    } catch (error) {
      this.drop(connection)
      throw error
    }
    return connection
  }

  /** Ends a connection without waiting for its server, which may stand still. */
  drop(connection: Connection): void {
    this.#all.delete(connection)
    connection.close().catch(() => undefined)
    connection.socket?.destroy()
  }

  /** What a failure is; a connection that was lost is sought from now on. */
  failed(cause: unknown, what: string): DureError {
    if (!(cause instanceof DureError) && refusalIn(cause) === undefined) this.#seek()
    return asFailure(cause, what)
  }

  onReturn(listener: () => void): () => void {
    const own = (): void => listener()
    this.#returns.add(own)
    return () => void this.#returns.delete(own)
  }

  close(): void {
    this.#isClosed = true
    this.#reached.resolve()
    this.#wake()
    for (const connection of this.#all) this.drop(connection)
    this.#shared.clear()
  }

  /** Lets whoever listens know when a server answers again. */
  #seek(): void {
    if (this.#isSought || this.#isClosed) return
    this.#isSought = true
    this.#reached = Promise.withResolvers()
    this.#options.report('The connection to Kafka is lost, and being sought.')
    void this.#seekOn()
  }

  async #seekOn(): Promise<void> {
    for (let failures = 0; !this.#isClosed; failures += 1) {
      try {
        await this.#atAny((connection) => this.#meet(connection))
        break
      } catch {
        // It was reported already, and is tried for ever.
        await this.#pause(retryDelayMs(failures))
      }
    }
    this.#isSought = false
    this.#reached.resolve()
    if (this.#isClosed) return
    this.#options.report('The connection to Kafka is back.')
    for (const listener of this.#returns) listener()
  }

  #learn(found: Metadata): Metadata {
    const { brokers, controllerId } = found
    const controller = brokers.find(({ nodeId }) => nodeId === controllerId)
    this.#controller = controller && { host: controller.host, port: controller.port }
    this.#discovered = brokers.map(({ host, port }) => ({ host, port }))
    return found
  }

  async #meet(connection: Connection): Promise<void> {
    const { apiKeys } = await apiVersionsV1.api.async(connection, '', '')
    for (const [kind, version] of Object.entries(spoken)) {
      const found = apiKeys.find(({ name }) => name === kind)
      if (found && found.minVersion <= version && found.maxVersion >= version) continue
      const range = found ? `${found.minVersion} to ${found.maxVersion}` : 'none'
      throw unsuitable(
        `The server does not take ${kind} in version ${version}, but ${range}. Kafka from 3.5 on does.`,
      )
    }
    this.#offered = new Map(apiKeys.map(({ name, maxVersion }) => [name, maxVersion]))
  }

  async #atAny<Answer>(ask: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const addresses = [...this.#options.servers, ...this.#discovered]
    let last: unknown
    const tried = new Set<string>()
    for (const address of addresses) {
      const name = nameOf(address)
      if (tried.has(name)) continue
      tried.add(name)
      try {
        const connection = await this.#reach(address)
        return await this.answered(connection, ask(connection))
      } catch (error) {
        if (error instanceof DureError || refusalIn(error) !== undefined) throw error
        last = error
      }
    }
    throw last
  }

  #reach(address: Address): Promise<Connection> {
    const name = nameOf(address)
    const known = this.#shared.get(name)
    if (known) return known
    const fresh = this.dial(address, 0)
    this.#shared.set(name, fresh)
    const forget = (): void => {
      if (this.#shared.get(name) === fresh) this.#shared.delete(name)
    }
    fresh.then((connection) => {
      connection.once('close', () => {
        forget()
        this.#all.delete(connection)
      })
    }, forget)
    return fresh
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}
