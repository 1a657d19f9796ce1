// NATS JetStream as a carrier: `names.ts` says what lies where on the server.
import {
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  type NatsConnection,
  type TlsOptions,
} from '@nats-io/transport-node'
import { messageOf } from '../../language/errors.ts'
import type {
  CarriedMessage,
  Carrier,
  CarrierSupport,
  ConsumeRequest,
  PlacedMessage,
  RewindRequest,
} from '../../messaging/carried/carrier.port.ts'
import { Appender } from './appender.ts'
import { Consumption } from './consumption.ts'
import { JetStream, natsStreamDefaults, type NatsStreamOptions, unavailable } from './jetstream.ts'
import { parseHeaders, placeOf } from './message.ts'
import { type NatsNames, natsNames } from './names.ts'

export interface NatsCarrierOptions {
  /** Addresses of the servers, such as "nats://one:4222". */
  readonly servers: string | readonly string[]
  /** The name of the system: systems on one server know nothing of each other. */
  readonly system: string
  /** What the names of streams and subjects begin with. */
  readonly prefix?: string
  readonly user?: string
  readonly password?: string
  readonly token?: string
  /** The text of a credentials file, with a JWT and its seed. */
  readonly credentials?: string
  readonly tls?: TlsOptions
  /** The domain of JetStream, where the server is a leaf of another. */
  readonly domain?: string
  readonly streams?: NatsStreamOptions
  /** How long an answer of the server is waited for, in milliseconds. */
  readonly timeoutMs?: number
  /** Told of lost connections and of what is tried again. */
  readonly report?: (message: string) => void
}

export const natsDefaults = { prefix: 'dure', timeoutMs: 5_000 } as const

/** How the connection is kept: it is never given up. */
const connectionRules = {
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  ignoreAuthErrorAbort: true,
  // A server that stands still is noticed after two of these: it would take minutes otherwise.
  pingInterval: 5_000,
  maxPingOut: 2,
} as const satisfies ConnectionOptions

/** Bytes of headers and subject that come on top of a message's body. */
const headerBytes = 4_096

/**
 * Connects to NATS.
 *
 * A connection that is lost later is sought again for ever; what is asked for meanwhile fails.
 *
 * @throws `BROKER_UNAVAILABLE` when no server can be reached, or takes the credentials.
 */
export async function natsCarrier(options: NatsCarrierOptions): Promise<Carrier> {
  const timeoutMs = options.timeoutMs ?? natsDefaults.timeoutMs
  try {
    const connection = await connect({ ...connectionOptions(options), timeout: timeoutMs })
    return new NatsCarrier(connection, { ...options, timeoutMs })
  } catch (cause) {
    throw unavailable(
      `NATS cannot be reached at ${String(options.servers)}: ${messageOf(cause)}.`,
      cause,
    )
  }
}

function connectionOptions(options: NatsCarrierOptions): ConnectionOptions {
  const { servers, user, password, token, credentials, tls } = options
  return {
    ...connectionRules,
    name: `dure ${options.system}`,
    servers: typeof servers === 'string' ? servers : [...servers],
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    ...(credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
  }
}

class NatsCarrier implements Carrier {
  readonly #connection: NatsConnection
  readonly #names: NatsNames
  readonly #jetStream: JetStream
  readonly #appender: Appender
  readonly #report: (message: string) => void
  readonly #timeoutMs: number
  /** Streams that are known to be there. */
  readonly #provided = new Set<string>()
  readonly #consumptions = new Set<Consumption>()
  readonly #returns = new Set<() => void>()
  #isConnected = true

  constructor(
    connection: NatsConnection,
    options: NatsCarrierOptions & { readonly timeoutMs: number },
  ) {
    const { timeoutMs, domain, prefix = natsDefaults.prefix, report } = options
    const streams = { ...natsStreamDefaults, ...options.streams }
    this.#connection = connection
    this.#names = natsNames(prefix, options.system)
    this.#jetStream = new JetStream({ connection, timeoutMs, domain, streams })
    this.#appender = new Appender(connection, timeoutMs)
    this.#timeoutMs = timeoutMs
    this.#report = report ?? ((): void => undefined)
    void this.#watch()
  }

  get supports(): CarrierSupport {
    const payload = this.#connection.info?.max_payload ?? 1_048_576
    return { durable: true, messageBytesMax: payload - headerBytes }
  }

  async append(topic: string, messages: readonly CarriedMessage[]): Promise<void> {
    if (!this.#isConnected) throw unavailable('The connection to NATS is lost, and being sought.')
    const stream = this.#names.stream(topic)
    if (!this.#provided.has(stream)) {
      await this.#jetStream.provide(stream, this.#names.subjects(topic))
      this.#provided.add(stream)
    }
    try {
      await this.#appender.append(messages, (type) => this.#names.subject(topic, type))
    } catch (error) {
      this.#provided.delete(stream)
      throw error
    }
  }

  async last(topic: string): Promise<Omit<PlacedMessage, 'type' | 'to' | 'body'> | undefined> {
    const found = await this.#jetStream.last(this.#names.stream(topic), this.#names.subjects(topic))
    return found && placeOf(parseHeaders(found.headers), found.place)
  }

  async consume(request: ConsumeRequest): Promise<AsyncDisposable> {
    const stream = this.#names.stream(request.topic)
    const subjects = this.#names.subjects(request.topic)
    const consumption = new Consumption({
      request,
      stream,
      subjects,
      connection: this.#connection,
      jetStream: this.#jetStream,
      report: this.#report,
    })
    await consumption.start()
    this.#consumptions.add(consumption)
    return {
      [Symbol.asyncDispose]: () => {
        this.#consumptions.delete(consumption)
        return consumption[Symbol.asyncDispose]()
      },
    }
  }

  async ask({ topic, incarnation, after }: RewindRequest): Promise<void> {
    if (!this.#isConnected) throw unavailable('The connection to NATS is lost, and being sought.')
    this.#connection.publish(this.#names.rewind(topic), JSON.stringify({ incarnation, after }))
    await this.#flush()
  }

  async hear(topic: string, listener: (request: RewindRequest) => void): Promise<AsyncDisposable> {
    const subscription = this.#connection.subscribe(this.#names.rewind(topic), {
      callback: (error, message) => {
        const request = error ? undefined : requestIn(topic, message.string())
        if (request) listener(request)
      },
    })
    await this.#flush()
    return { [Symbol.asyncDispose]: async () => subscription.unsubscribe() }
  }

  onReturn(listener: () => void): () => void {
    const own = (): void => listener()
    this.#returns.add(own)
    return () => void this.#returns.delete(own)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#appender.close()
    for (const each of this.#consumptions) await each[Symbol.asyncDispose]()
    this.#consumptions.clear()
    await this.#connection.close()
  }

  /** Waits until the server has seen what was sent so far. */
  async #flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const tooLate = unavailable(`NATS did not answer within ${this.#timeoutMs} ms.`)
      timer = setTimeout(() => reject(tooLate), this.#timeoutMs)
    })
    try {
      await Promise.race([this.#connection.flush(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#lose()
      if (status.type === 'reconnect') this.#return()
      if (status.type === 'error') this.#report(`NATS: ${messageOf(status.error)}`)
    }
  }

  #lose(): void {
    this.#isConnected = false
    this.#report('The connection to NATS is lost, and being sought.')
    this.#appender.abandon()
  }

  #return(): void {
    this.#isConnected = true
    this.#provided.clear()
    this.#report('The connection to NATS is back.')
    for (const each of this.#consumptions) each.renew()
    for (const listener of this.#returns) listener()
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
    // Anybody can write to a subject: what is no request is none.
    return undefined
  }
}
