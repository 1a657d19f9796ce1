import { hash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnswerPeer, PeerDoor } from '../../../calls/peer.port.ts'
import { DureError, messageOf } from '../../../language/errors.ts'
import { answerTogether } from './answer-together.ts'
import {
  peerBytesMax,
  peerPath,
  peerTimeoutMsMax,
  secretCharactersMin,
  timeoutHeader,
} from './peer-wire.ts'
import { togetherName } from './together-lines.ts'

export interface ServePeersOptions {
  /** What whoever asks has to say; at least 16 characters. */
  readonly secret: string
  /** Where to listen; without it only this machine can ask. */
  readonly host?: string
  /** Any free port without it. */
  readonly port?: number
  /** The address that others are told, where it is not the one that is listened on. */
  readonly address?: string
}

/**
 * Lets other processes of the system ask this one.
 *
 * @throws `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`; `CALL_DENIED` when the secret is too short.
 */
export async function servePeers(
  answer: AnswerPeer,
  options: ServePeersOptions,
): Promise<PeerDoor> {
  const { secret, host = '127.0.0.1', port = 0 } = options
  assertSecret(secret)
  const door = new HttpPeerDoor(answer, secret)
  const chosen = await door.listen(host, port)
  const shown = host.includes(':') ? `[${host}]` : host
  return {
    address: options.address ?? `http://${shown}:${chosen}`,
    [Symbol.asyncDispose]: () => door.close(),
  }
}

/** @throws `CALL_DENIED` when a secret is too short to be one. */
export function assertSecret(secret: string): void {
  if (secret.length >= secretCharactersMin) return
  throw new DureError(
    'CALL_DENIED',
    `The secret between the processes has fewer than ${secretCharactersMin} characters. Set a longer one with DURE_PEER_SECRET.`,
  )
}

class HttpPeerDoor {
  readonly #answer: AnswerPeer
  readonly #expected: Buffer
  readonly #server: Server
  readonly #waiting = new Set<AbortController>()
  #isClosing = false

  constructor(answer: AnswerPeer, secret: string) {
    this.#answer = answer
    this.#expected = digest(`Bearer ${secret}`)
    this.#server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 })
    this.#server.on('request', (incoming, outgoing) => void this.#take(incoming, outgoing))
  }

  async listen(host: string, port: number): Promise<number> {
    try {
      this.#server.listen({ host, port })
      await once(this.#server, 'listening')
    } catch (cause) {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
      const what = isTaken ? 'another process listens there' : messageOf(cause)
      throw new DureError(
        isTaken ? 'HTTP_PORT_TAKEN' : 'HTTP_LISTEN_FAILED',
        `The door for other processes cannot be opened at ${host}:${port}: ${what}. Choose another address.`,
        { cause },
      )
    }
    // Why the cast: a server that listens on a port has an address of this kind.
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const closed = once(this.#server, 'close')
    this.#server.close()
    // Readers of feeds wait for what may never come: they are answered with what there is.
    for (const each of this.#waiting) each.abort()
    this.#server.closeIdleConnections()
    await closed
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const refusal = this.#refusalOf(incoming)
    if (refusal !== undefined) return refuse(incoming, outgoing, refusal)
    const body = await readBody(incoming)
    if (body === undefined) return refuse(incoming, outgoing, 413)
    const ending = new AbortController()
    this.#waiting.add(ending)
    outgoing.on('close', () => {
      this.#waiting.delete(ending)
      ending.abort()
      // A connection that stays open would hold the server, and it may have begun to close only after this answer began.
      if (this.#isClosing) incoming.socket.end()
    })
    if (this.#isClosing) ending.abort()
    const name = (incoming.url ?? '').slice(peerPath.length)
    const question = { name, body, timeoutMs: timeoutOf(incoming), signal: ending.signal }
    outgoing.setHeader('Content-Type', name === togetherName ? 'text/plain' : 'application/json')
    if (name === togetherName) {
      const answered = answerTogether(question, this.#answer, outgoing)
      return answered ?? refuse(incoming, outgoing, 404)
    }
    const text = await this.#answer(question)
    if (this.#isClosing) outgoing.setHeader('Connection', 'close')
    outgoing.end(text)
  }

  #refusalOf({ headers, method, url = '' }: IncomingMessage): number | undefined {
    if (!timingSafeEqual(digest(headers.authorization ?? ''), this.#expected)) return 401
    if (this.#isClosing) return 503
    return method === 'POST' && url.startsWith(peerPath) ? undefined : 404
  }
}

/** Digests are of one length, and what is compared of them tells nothing of the secret. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

function timeoutOf({ headers }: IncomingMessage): number {
  const asked = Number(headers[timeoutHeader])
  return Number.isFinite(asked) && asked > 0 ? Math.min(asked, peerTimeoutMsMax) : peerTimeoutMsMax
}

/** The body as text; undefined when it is too large, or breaks off. */
function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= peerBytesMax) chunks.push(chunk)
      else resolve(undefined)
    })
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    incoming.on('error', () => resolve(undefined))
    incoming.on('close', () => resolve(undefined))
  })
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, status: number): void {
  outgoing.statusCode = status
  outgoing.setHeader('Connection', 'close')
  outgoing.end()
  incoming.resume()
}
