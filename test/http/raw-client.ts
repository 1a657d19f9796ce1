import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** A connection on which a test writes whatever bytes it likes. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  write(bytes: string | Uint8Array): void
  /** The next answer. Rejects when the connection ends before it is whole. */
  answer(): Promise<RawAnswer>
  /** Resolves when the server has ended the connection; gives what was received and not read as an answer. */
  closed(): Promise<string>
}

/** Opens a connection to a server on this machine. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1' })
  let received = Buffer.alloc(0)
  let isEnded = false
  let wake = (): void => undefined
  const changed = (): Promise<void> => new Promise((resolve) => void (wake = resolve))
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  // A reset after the answer ends the connection as well as a polite end does.
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isEnded = true
    wake()
  })
  await once(socket, 'connect')
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    async answer() {
      for (;;) {
        const parsed = parseAnswer(received)
        if (parsed) {
          received = received.subarray(parsed.length)
          return parsed.answer
        }
        if (isEnded) throw new TypeError(`The connection ended after: ${received.toString()}`)
        await changed()
      }
    },
    async closed() {
      while (!isEnded) await changed()
      return received.toString()
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

function parseAnswer(
  bytes: Buffer,
): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString().split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const start = end + 4
  const length = start + Number(headers['content-length'] ?? 0)
  if (bytes.length < length) return undefined
  const text = bytes.subarray(start, length).toString()
  const isJson = headers['content-type']?.includes('json') === true
  // Why the cast: a test reads the fields that it expects, and fails when they are others.
  const json = (isJson ? JSON.parse(text) : {}) as RawAnswer['json']
  return { answer: { status: Number(first.split(' ')[1]), headers, text, json }, length }
}

/** Sends bytes over a connection of their own and gives the answer. */
export async function ask(
  port: number,
  ...pieces: readonly (string | Uint8Array)[]
): Promise<RawAnswer> {
  using client = await rawClient(port)
  for (const piece of pieces) client.write(piece)
  return await client.answer()
}

/** A request as text: its head, and a body whose length is told. */
export function request(line: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  return [`${line} HTTP/1.1`, 'host: localhost', ...headers, ...length, '', body].join('\r\n')
}

/** A request with a JSON body. */
export function jsonRequest(line: string, body: unknown, headers: readonly string[] = []): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return request(line, ['content-type: application/json', ...headers], text)
}
