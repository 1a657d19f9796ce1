import type { ServerResponse } from 'node:http'

/** An answer that is ready to be written. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  /** Absent: the answer has no body. */
  readonly body?: string
  /** Further names and values, in turn. */
  readonly headers?: readonly string[]
  /** The connection ends with this answer. */
  readonly closes?: boolean
}

export const jsonType = 'application/json'
export const problemType = 'application/problem+json'

/** Writes a whole answer in one piece. */
export function sendAnswer(outgoing: ServerResponse, answer: Answer): void {
  outgoing.writeHead(answer.status, headersOf(answer))
  outgoing.end(answer.body)
}

/** Writes a whole answer and leaves the connection open until `finish` is called. */
export function sendAndLinger(outgoing: ServerResponse, answer: Answer): () => void {
  outgoing.writeHead(answer.status, headersOf(answer))
  if (answer.body !== undefined) outgoing.write(answer.body)
  return () => void outgoing.end()
}

function headersOf(answer: Answer): string[] {
  const headers = bodyHeaders(answer)
  if (answer.headers) headers.push(...answer.headers)
  if (answer.closes === true) headers.push('connection', 'close')
  return headers
}

function bodyHeaders({ status, contentType, body }: Answer): string[] {
  if (body !== undefined) {
    const length = `${Buffer.byteLength(body)}`
    return ['content-type', contentType, 'content-length', length, ...noStore]
  }
  // An answer that never has a body must not tell the length of one.
  return status === 204 ? [...noStore] : ['content-length', '0', ...noStore]
}

/** Answers are about this moment and for this caller; browsers must not guess a type for them. */
const noStore = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'] as const
