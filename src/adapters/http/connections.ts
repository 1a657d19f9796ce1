import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { DureError } from '../../language/errors.ts'
import { problemOf } from './answer/problem.ts'
import { problemType } from './answer/send.ts'

/** A request whose body is still on its way. */
export interface Receiving {
  refuse(error: DureError): void
}

/** What goes on at one connection. */
export interface Connection {
  /** Requests whose answer is not wholly written. */
  open: number
  receiving: Receiving | undefined
  /** The request that came last, and how many came. */
  newest: object | undefined
  requests: number
  /** The last answer is written; what still comes is thrown away. */
  isEnding: boolean
  /** What came last could not be read: the connection ends after the answers that are on their way. */
  isBroken: boolean
}

/**
 * Keeps, for each connection, what a broken request must not disturb.
 *
 * Node reports a request that it cannot read with its socket only. Answering there at once could put a refusal
 * in the place of the answer to an earlier request that was carried out.
 */
export interface Connections {
  of(socket: Socket): Connection
  /** Counts a request of the connection until its answer is wholly written, or nobody is left to read it. */
  enter(outgoing: ServerResponse, request: object): Connection
  /** Something that could not be read, or did not arrive in time. */
  broken(socket: Socket, error: Error & { readonly code?: string }): void
  /** Ends each connection as soon as it has nothing to write. */
  endWhenWritten(): void
}

/** Creates the memory of connections; a closed connection is forgotten. */
export function createConnections(): Connections {
  const all = new WeakMap<Socket, Connection>()
  const of = (socket: Socket): Connection => {
    const known = all.get(socket)
    if (known) return known
    const fresh: Connection = {
      open: 0,
      receiving: undefined,
      newest: undefined,
      requests: 0,
      isEnding: false,
      isBroken: false,
    }
    all.set(socket, fresh)
    return fresh
  }
  let areEnding = false
  function written(this: ServerResponse): void {
    const connection = of(this.req.socket)
    connection.open -= 1
    if (connection.open === 0 && (areEnding || connection.isBroken)) this.req.socket.destroySoon()
  }
  return {
    of,
    enter(outgoing, request) {
      const connection = of(outgoing.req.socket)
      connection.open += 1
      connection.newest = request
      connection.requests += 1
      outgoing.on('close', written)
      return connection
    },
    endWhenWritten() {
      areEnding = true
    },
    broken(socket, error) {
      const connection = of(socket)
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy()
      } else if (connection.receiving) {
        connection.receiving.refuse(unreadable(error.code))
      } else if (connection.open > 0) {
        connection.isBroken = true
      } else if (connection.isEnding || connection.isBroken) {
        socket.destroySoon()
      } else refuseConnection(socket, unreadable(error.code))
    },
  }
}

function unreadable(code: string | undefined): DureError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new DureError('HTTP_HEADERS_TOO_LARGE', 'The headers of the request are too large.')
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new DureError('HTTP_REQUEST_TIMEOUT', 'The request did not arrive completely in time.')
  }
  return new DureError(
    'HTTP_REQUEST_INVALID',
    'The request is not HTTP/1.1 as this server reads it.',
  )
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers on a connection that has no request, and ends it. */
export function refuseConnection(socket: Socket, error: DureError): void {
  const problem = problemOf(error, undefined)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${phrases[problem.status] ?? 'Refused'}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroySoon()
}
