// The connection to RabbitMQ, sought again for ever when it is lost. The client itself gives a lost one up.
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { DureError, messageOf } from '../../language/errors.ts'

export const rabbitLimits = {
  /** Seconds between signs of life: after two without one the connection counts as lost. */
  heartbeatSeconds: 5,
  /** Wait before the server is sought again, in milliseconds, doubled up to the maximum. */
  retryMs: 100,
  retryMsMax: 2_000,
  /** Bytes that are on their way to the server before an answer is waited for. */
  appendedBytesMax: 8_388_608,
  /** Messages that the server hands over before any was taken. */
  prefetchMax: 512,
  /** How often it is looked again whether another process has made a stream, each time after a longer wait. */
  makingMax: 10,
  /** Messages that are read at once when the last one is looked for backwards. */
  lookedMax: 64,
} as const

export interface LinkOptions {
  readonly url: string
  readonly system: string
  readonly timeoutMs: number
  /** Options of the socket: `ca`, `cert`, `key` for TLS. */
  readonly socket?: Readonly<Record<string, unknown>> | undefined
  readonly report: (message: string) => void
}

export class Link {
  readonly #options: LinkOptions
  readonly #losses = new Set<() => void>()
  readonly #returns = new Set<() => void>()
  #connection: ChannelModel | undefined
  #blocked: string | undefined
  #isClosed = false
  #cancelRetry = (): void => undefined

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Connects. @throws `BROKER_UNAVAILABLE`. */
  async open(): Promise<void> {
    const { url, system, timeoutMs: timeout, socket, report } = this.#options
    const at = new URL(url)
    at.searchParams.set('heartbeat', String(rabbitLimits.heartbeatSeconds))
    const clientProperties = { connection_name: `dure ${system}` }
    const connection = await this.answered(
      connect(at.href, { ...socket, timeout, clientProperties }),
      'the connection',
    )
    connection.on('error', (error) => report(`RabbitMQ: ${messageOf(error)}`))
    connection.on('blocked', (reason) => {
      this.#blocked = reason
      report(`RabbitMQ takes nothing now: ${reason}.`)
    })
    connection.on('unblocked', () => {
      this.#blocked = undefined
      report('RabbitMQ takes messages again.')
    })
    connection.on('close', () => this.#lose(connection))
    this.#connection = connection
    this.#blocked = undefined
  }

  async channel(): Promise<Channel> {
    const channel = await this.answered(this.#connected().createChannel(), 'a channel')
    channel.on('error', () => undefined)
    return channel
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    const channel = await this.answered(this.#connected().createConfirmChannel(), 'a channel')
    channel.on('error', () => undefined)
    return channel
  }

  assertTakes(): void {
    this.#connected()
    if (this.#blocked !== undefined)
      throw unavailable(`RabbitMQ takes nothing now: ${this.#blocked}.`)
  }

  onLoss(listener: () => void): () => void {
    this.#losses.add(listener)
    return () => void this.#losses.delete(listener)
  }

  onReturn(listener: () => void): () => void {
    const own = (): void => listener()
    this.#returns.add(own)
    return () => void this.#returns.delete(own)
  }

  /** What the server answers; `BROKER_UNAVAILABLE` when it does not, in time or at all. */
  async answered<T>(answer: Promise<T>, what: string): Promise<T> {
    const { timeoutMs } = this.#options
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const tooLate = unavailable(`RabbitMQ did not answer within ${timeoutMs} ms: ${what}.`)
      timer = setTimeout(() => reject(tooLate), timeoutMs)
    })
    try {
      return await Promise.race([answer, late])
    } catch (cause) {
      throw asFailure(cause, what)
    } finally {
      clearTimeout(timer)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry()
    const connection = this.#connection
    this.#connection = undefined
    if (connection) await this.answered(connection.close(), 'the end').catch(() => undefined)
  }

  #connected(): ChannelModel {
    if (this.#connection) return this.#connection
    throw unavailable('The connection to RabbitMQ is lost, and being sought.')
  }

  #lose(connection: ChannelModel): void {
    if (this.#connection !== connection) return
    this.#connection = undefined
    this.#options.report('The connection to RabbitMQ is lost, and being sought.')
    for (const listener of this.#losses) listener()
    this.#seek(0)
  }

  #seek(failures: number): void {
    if (this.#isClosed) return
    const timer = setTimeout(() => {
      this.open().then(
        () => this.#return(),
        () => this.#seek(failures + 1),
      )
    }, retryDelayMs(failures))
    this.#cancelRetry = () => clearTimeout(timer)
  }

  #return(): void {
    if (this.#isClosed) return void this.close()
    this.#options.report('The connection to RabbitMQ is back.')
    for (const listener of this.#returns) listener()
  }
}

/** The wait before the next try after so many failures. */
export function retryDelayMs(failures: number): number {
  const { retryMs, retryMsMax } = rabbitLimits
  return Math.min(retryMsMax, retryMs * 2 ** Math.min(failures, 10))
}

export function unavailable(message: string, cause?: unknown): DureError {
  return new DureError('BROKER_UNAVAILABLE', message, { cause })
}

/** What the client has thrown, by a code. 406 says that what is there was made in another way. */
function asFailure(cause: unknown, what: string): DureError {
  if (cause instanceof DureError) return cause
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : 0
  const message = `RabbitMQ refused ${what}: ${messageOf(cause)}.`
  // A stream that is being recovered is not found either, but is there.
  const isMissing = code === 404 && !message.includes('inaccessible')
  if (code !== 406 && !isMissing) return unavailable(message, cause)
  return new DureError('BROKER_UNSUITABLE', message, { cause })
}
