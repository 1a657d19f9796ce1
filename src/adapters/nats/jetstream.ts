// The part of JetStream's API that a carrier needs, as requests in JSON: the same from server 2.9 on.
import type { NatsConnection } from '@nats-io/transport-node'
import { DureError, messageOf } from '../../language/errors.ts'

/** How streams are made, and what is demanded of those that are there. */
export interface NatsStreamOptions {
  /** Whether streams are made when they are missing. Without it somebody else has to. */
  readonly create?: boolean
  /** Bytes that a stream keeps; the oldest messages go first. */
  readonly bytesMax?: number
  /** 1, or 3 over three servers: then messages outlive a server. */
  readonly replicas?: number
  readonly storage?: 'file' | 'memory'
}

export const natsStreamDefaults: Required<NatsStreamOptions> = {
  create: true,
  bytesMax: 1_073_741_824,
  replicas: 1,
  storage: 'file',
}

export interface JetStreamOptions {
  readonly connection: NatsConnection
  readonly timeoutMs: number
  readonly domain?: string | undefined
  readonly streams: Required<NatsStreamOptions>
}

export interface StreamState {
  /** When it was made: another time is another stream. */
  readonly created: string
  readonly lastPlace: number
}

interface StreamConfig {
  readonly name: string
  readonly subjects: readonly string[]
  readonly retention: string
  readonly discard: string
}

/** What JetStream answers: only what is looked at. */
interface Answer {
  readonly error?: { readonly err_code?: number; readonly description?: string }
  readonly created?: string
  readonly config?: StreamConfig
  readonly state?: { readonly last_seq: number }
  readonly message?: { readonly seq: number; readonly hdrs?: string; readonly data?: string }
  readonly name?: string
}

const codes = { streamNotFound: 10_059, noMessage: 10_037, nameInUse: 10_058 } as const

/** How a time begins that was not set yet: the stream is being made. */
const unmade = '0001-'
/** Between two looks at a stream that is being made, in milliseconds. */
const readyPauseMs = 20

/** Calls JetStream. Every failure is `BROKER_UNAVAILABLE`, or `BROKER_UNSUITABLE` when no retry can help. */
export class JetStream {
  readonly prefix: string
  readonly #options: JetStreamOptions

  constructor(options: JetStreamOptions) {
    this.#options = options
    this.prefix = options.domain === undefined ? '$JS.API' : `$JS.${options.domain}.API`
  }

  /** Finds the stream, or makes it. */
  async provide(name: string, subjects: string): Promise<StreamState> {
    const found = await this.#find(name)
    if (found) {
      assertSuitable(found.config, name, subjects)
      return stateOf(found)
    }
    const { create, bytesMax, replicas, storage } = this.#options.streams
    if (!create) {
      throw unsuitable(
        `There is no stream ${name}. Make it for ${subjects}, or allow that it is made.`,
      )
    }
    const config = {
      name,
      subjects: [subjects],
      storage,
      max_bytes: bytesMax,
      num_replicas: replicas,
      // Why the oldest go: the log of the producer outlives them. A stream that takes nothing new would stop everybody.
      retention: 'limits',
      discard: 'old',
      max_msgs: -1,
      max_age: 0,
      max_consumers: -1,
    }
    const made = await this.#ask(`STREAM.CREATE.${name}`, config)
    // Another process may have made it a moment ago: what it made is looked at.
    if (made.error?.err_code === codes.nameInUse) return this.provide(name, subjects)
    throwError(made, `The stream ${name} cannot be made`)
    return stateOf(made)
  }

  /** The last message of a stream: its place and headers. */
  async last(
    name: string,
    subjects: string,
  ): Promise<{ readonly place: number; readonly headers: Uint8Array } | undefined> {
    if (!(await this.#find(name))) return undefined
    const found = await this.#ask(`STREAM.MSG.GET.${name}`, { last_by_subj: subjects })
    const code = found.error?.err_code
    if (code === codes.streamNotFound || code === codes.noMessage) return undefined
    throwError(found, `The end of the stream ${name} cannot be read`)
    if (!found.message) return undefined
    return { place: found.message.seq, headers: Buffer.from(found.message.hdrs ?? '', 'base64') }
  }

  /** Makes a consumer that goes when nobody pulls from it; gives its name. */
  async consumer(stream: string, from: number, idleMs: number): Promise<string> {
    const config = {
      deliver_policy: 'by_start_sequence',
      opt_start_seq: from,
      replay_policy: 'instant',
      ack_policy: 'none',
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: idleMs * 1_000_000,
    }
    const request = { stream_name: stream, config }
    const made = await this.#ask(`CONSUMER.CREATE.${stream}`, request)
    throwError(made, `The stream ${stream} cannot be read`)
    return made.name ?? ''
  }

  async removeConsumer(stream: string, name: string): Promise<void> {
    await this.#ask(`CONSUMER.DELETE.${stream}.${name}`, {})
  }

  /** A stream that is there and ready; undefined when there is none. */
  async #find(name: string): Promise<Answer | undefined> {
    for (let waitedMs = 0; ; waitedMs += readyPauseMs) {
      const found = await this.#ask(`STREAM.INFO.${name}`, {})
      if (found.error?.err_code === codes.streamNotFound) return undefined
      throwError(found, `The stream ${name} cannot be looked at`)
      // Trap: server 2.9 lists a stream before its store is there, and ends with a nil pointer when that is read.
      if (!found.created?.startsWith(unmade)) return found
      if (waitedMs > this.#options.timeoutMs) throw unavailable(`The stream ${name} is being made.`)
      await new Promise<void>((resolve) => setTimeout(resolve, readyPauseMs))
    }
  }

  async #ask(call: string, request: object): Promise<Answer> {
    const { connection, timeoutMs: timeout } = this.#options
    try {
      const subject = `${this.prefix}.${call}`
      const answer = await connection.request(subject, JSON.stringify(request), { timeout })
      // Why the cast: JetStream answers in JSON, and what is used of it is looked at.
      return answer.json() as Answer
    } catch (cause) {
      throw unavailable(`JetStream did not answer ${call}: ${messageOf(cause)}.`, cause)
    }
  }
}

function stateOf({ created = '', state }: Answer): StreamState {
  return { created, lastPlace: state?.last_seq ?? 0 }
}

function throwError({ error }: Answer, what: string): void {
  if (error) throw unavailable(`${what}: ${error.description ?? 'no reason was given'}.`)
}

function assertSuitable(config: StreamConfig | undefined, name: string, subjects: string): void {
  if (!config) return
  const wrong = [
    ...(config.retention === 'limits'
      ? []
      : [`its retention is "${config.retention}", not "limits"`]),
    ...(config.discard === 'old' ? [] : [`it discards "${config.discard}", not "old"`]),
    ...(config.subjects.includes(subjects) ? [] : [`it does not take ${subjects}`]),
  ]
  if (wrong.length > 0)
    throw unsuitable(`The stream ${name} cannot carry a log: ${wrong.join('; ')}.`)
}

export function unavailable(message: string, cause?: unknown): DureError {
  return new DureError('BROKER_UNAVAILABLE', message, { cause })
}

function unsuitable(message: string): DureError {
  return new DureError('BROKER_UNSUITABLE', message)
}
