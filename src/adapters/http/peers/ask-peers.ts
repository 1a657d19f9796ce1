import { errors, Pool } from 'undici'
import type { PeerQuestion, PeerTransport } from '../../../calls/peer.port.ts'
import { DureError, messageOf } from '../../../language/errors.ts'
import { peerBytesMax, peerPath, peerTimeoutMsMax, timeoutHeader } from './peer-wire.ts'
import { assertSecret } from './serve-peers.ts'

export interface AskPeersOptions {
  readonly secret: string
  readonly limits?: Partial<PeerLimits>
}

export interface PeerLimits {
  /** Connections to one process. Further questions wait for one of them; feeds have connections of their own. */
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

/** Asks processes at their HTTP doors. @throws `CALL_DENIED` when the secret is too short. */
export function askPeers({ secret, limits }: AskPeersOptions): PeerTransport {
  assertSecret(secret)
  return new HttpPeers(`Bearer ${secret}`, { ...peerLimits, ...limits })
}

class HttpPeers implements PeerTransport {
  readonly #authorization: string
  readonly #limits: PeerLimits
  readonly #pools = new Map<string, Pool>()

  constructor(authorization: string, limits: PeerLimits) {
    this.#authorization = authorization
    this.#limits = limits
  }

  async ask(question: PeerQuestion): Promise<string> {
    const { address, name, body, timeoutMs, signal } = question
    const waitMs = Math.max(1, Math.min(Math.ceil(timeoutMs), peerTimeoutMsMax))
    try {
      const { statusCode, body: answer } = await this.#poolOf(address, name).request({
        method: 'POST',
        path: `${peerPath}${name}`,
        headers: { authorization: this.#authorization, [timeoutHeader]: String(waitMs) },
        body,
        headersTimeout: waitMs,
        bodyTimeout: waitMs,
        ...(signal && { signal }),
      })
      const text = await answer.text()
      if (statusCode === 200) return text
      throw refusal(statusCode, question)
    } catch (error) {
      throw error instanceof DureError ? error : failure(error, question)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  /** Readers of feeds wait for long: they do not stand in the way of calls. */
  #poolOf(address: string, name: string): Pool {
    const { connectionsMax, feedConnectionsMax, connectMsMax } = this.#limits
    const isFeed = name === 'feed'
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

function refusal(status: number, question: PeerQuestion): DureError {
  switch (status) {
    case 401:
      return failed('CALL_DENIED', question, { why: 'it has another secret' })
    case 413:
      return failed('CALL_TOO_LARGE', question, { why: 'the question is too large' })
    default:
      return failed('CALL_UNREACHABLE', question, { why: `it answers with ${status}` })
  }
}

/** Failures before anything was sent: nothing was done then. */
const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'UND_ERR_CONNECT_TIMEOUT',
])

function failure(error: unknown, question: PeerQuestion): DureError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = messageOf(error)
  if (unsent.has(code)) return failed('CALL_UNREACHABLE', question, { why, cause: error })
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return failed('CALL_TOO_LARGE', question, { why: 'the answer is too large', cause: error })
  const isLate =
    error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError
  return failed(isLate ? 'CALL_TIMEOUT' : 'CALL_INTERRUPTED', question, { why, cause: error })
}

type CallCode =
  | 'CALL_UNREACHABLE'
  | 'CALL_INTERRUPTED'
  | 'CALL_TIMEOUT'
  | 'CALL_DENIED'
  | 'CALL_TOO_LARGE'

interface Why {
  readonly why: string
  readonly cause?: unknown
}

function failed(code: CallCode, { address, name }: PeerQuestion, { why, cause }: Why): DureError {
  return new DureError(code, `The process at ${address} gave no answer to "${name}": ${why}.`, {
    cause,
    details: { address, name },
  })
}
