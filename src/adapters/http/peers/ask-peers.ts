import type { Readable } from 'node:stream'
import { type Dispatcher, Pool } from 'undici'
import type { PeerQuestion, PeerTransport } from '../../../calls/peer.port.ts'
import { Gatherer } from './ask-together.ts'
import { failure, refusal } from './peer-errors.ts'
import { peerBytesMax, peerPath, peerTimeoutMsMax, timeoutHeader } from './peer-wire.ts'
import { assertSecret } from './serve-peers.ts'
import { togetherName, writeQuestions } from './together-lines.ts'

export interface AskPeersOptions {
  readonly secret: string
  readonly limits?: Partial<PeerLimits>
}

export interface PeerLimits {
  /**
   * Connections to one process. Further requests wait for one of them: a question, or several that are asked together.
   * Feeds have connections of their own.
   */
  readonly connectionsMax: number
  /** Connections for feeds to one process: each reader holds one while it waits. */
  readonly feedConnectionsMax: number
  /** How long opening a connection may take, in milliseconds. */
  readonly connectMsMax: number
}

export const peerLimits: PeerLimits = {
  connectionsMax: 32,
  feedConnectionsMax: 256,
  connectMsMax: 2_000,
}

/** What readers of feeds ask. */
const feedName = 'feed'

/** Asks processes at their HTTP doors. @throws `CALL_DENIED` when the secret is too short. */
export function askPeers({ secret, limits }: AskPeersOptions): PeerTransport {
  assertSecret(secret)
  return new HttpPeers(`Bearer ${secret}`, { ...peerLimits, ...limits })
}

class HttpPeers implements PeerTransport {
  readonly #authorization: string
  readonly #limits: PeerLimits
  readonly #pools = new Map<string, Pool>()
  readonly #gatherers = new Map<string, Gatherer>()

  constructor(authorization: string, limits: PeerLimits) {
    this.#authorization = authorization
    this.#limits = limits
  }

  ask(asked: PeerQuestion): Promise<string> {
    const timeoutMs = Math.max(1, Math.min(Math.ceil(asked.timeoutMs), peerTimeoutMsMax))
    const question = { ...asked, timeoutMs }
    if (question.name === feedName) return this.#askAlone(question)
    return this.#gathererOf(asked.address).ask(question)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    this.#gatherers.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  #gathererOf(address: string): Gatherer {
    const known = this.#gatherers.get(address)
    if (known) return known
    const fresh = new Gatherer({
      askAlone: (question) => this.#askAlone(question),
      askTogether: (questions, signal) => this.#askTogether(address, questions, signal),
    })
    this.#gatherers.set(address, fresh)
    return fresh
  }

  async #askAlone(question: PeerQuestion): Promise<string> {
    const { timeoutMs, signal } = question
    try {
      const { statusCode, body } = await this.#request(question, {
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        ...(signal && { signal }),
      })
      const text = await body.text()
      if (statusCode === 200) return text
      throw refusal(statusCode, question)
    } catch (error) {
      throw failure(error, question)
    }
  }

  /** The time of each question is watched where they are gathered. */
  async #askTogether(
    address: string,
    questions: readonly PeerQuestion[],
    signal: AbortSignal,
  ): Promise<Readable | undefined> {
    const timeoutMs = questions.reduce((most, each) => Math.max(most, each.timeoutMs), 0)
    const question = { address, name: togetherName, body: writeQuestions(questions), timeoutMs }
    const endless = { headersTimeout: 0, bodyTimeout: 0, signal }
    const { statusCode, body } = await this.#request(question, endless)
    if (statusCode === 200) return body
    await body.dump()
    if (statusCode === 404) return undefined
    throw refusal(statusCode, question)
  }

  #request(
    { address, name, body, timeoutMs }: PeerQuestion,
    times: Pick<Dispatcher.RequestOptions, 'headersTimeout' | 'bodyTimeout' | 'signal'>,
  ): Promise<Dispatcher.ResponseData> {
    return this.#poolOf(address, name).request({
      method: 'POST',
      path: `${peerPath}${name}`,
      headers: { authorization: this.#authorization, [timeoutHeader]: String(timeoutMs) },
      body,
      ...times,
    })
  }

  /** Readers of feeds wait for long: they do not stand in the way of calls. */
  #poolOf(address: string, name: string): Pool {
    const { connectionsMax, feedConnectionsMax, connectMsMax } = this.#limits
    const isFeed = name === feedName
    const key = isFeed ? `${address} feed` : address
    const known = this.#pools.get(key)
    if (known) return known
    const fresh = new Pool(address, {
      connections: isFeed ? feedConnectionsMax : connectionsMax,
      connect: { timeout: connectMsMax },
      maxResponseSize: peerBytesMax,
    })
    this.#pools.set(key, fresh)
    return fresh
  }
}
