// The one address of the gateway. The supervisor accepts connections and hands them to the processes that serve the
// gateway; while there is none, connections wait. So a gateway may restart, and no client is refused.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { DureError, messageOf } from '../../language/errors.ts'

/** Connections that wait for a process of the gateway; with more, the newest is closed. */
export const waitingConnectionsMax = 1_000

export interface FrontDoorOptions {
  readonly port: number
  readonly host: string
  /** Hands a connection to a process; false when none is ready. */
  readonly hand: (socket: Socket) => boolean
}

/** Accepts the connections of the gateway. */
export class FrontDoor implements AsyncDisposable {
  readonly #server: Server
  readonly #options: FrontDoorOptions
  #waiting: Socket[] = []

  constructor(options: FrontDoorOptions) {
    this.#options = options
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.take(socket))
  }

  get url(): string {
    const { host } = this.#options
    // Why the cast: a server that listens on a port has an address of this kind.
    const { port } = this.#server.address() as AddressInfo
    if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  /** @throws `HTTP_PORT_TAKEN`, `HTTP_LISTEN_FAILED`. */
  async open(): Promise<void> {
    const { host, port } = this.#options
    try {
      this.#server.listen({ host, port })
      await once(this.#server, 'listening')
    } catch (cause) {
      const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
      throw new DureError(
        isTaken ? 'HTTP_PORT_TAKEN' : 'HTTP_LISTEN_FAILED',
        isTaken
          ? `Another process listens on ${host}:${port}. Stop it, or choose another port with --port or PORT.`
          : `The gateway cannot listen on ${host}:${port}: ${messageOf(cause)}. Choose another address.`,
        { cause, details: { host, port } },
      )
    }
  }

  /** Hands a connection on, or keeps it until a process is ready. */
  take(socket: Socket): void {
    if (socket.destroyed || this.#options.hand(socket)) return
    if (this.#waiting.length >= waitingConnectionsMax) socket.destroy()
    else this.#waiting.push(socket)
  }

  /** Hands on what waits. */
  retry(): void {
    for (const socket of this.#waiting.splice(0)) this.take(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#waiting.splice(0)) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}
