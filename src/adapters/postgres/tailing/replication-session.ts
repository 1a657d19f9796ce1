// One replication connection: a slot that lives as long as it, and the stream of what is committed from then on.
import pg from 'pg'
import { DureError } from '../../../language/errors.ts'
import { quoteName } from '../migrate.ts'
import { encodeReply, type Frame, readFrame } from './pgoutput.ts'

export interface SessionLimits {
  /** A slot is made when transactions that were open before have ended: how long that is waited for. */
  readonly slotMs: number
  /** How often the server is told how far the stream was taken, and asked whether it is there. */
  readonly replyMs: number
  /** Without a word for so long the server is taken for gone. */
  readonly silenceMs: number
}

export interface SessionOptions {
  readonly config: pg.ClientConfig
  readonly slot: string
  readonly publication: string
  readonly limits: SessionLimits
  /** From now on the stream has all that is committed. */
  readonly onBegun: () => void
  /** Cuts the connection, also while it is made. */
  readonly signal: AbortSignal
  readonly onMessage: (message: Buffer) => void
}

/** A stream that was begun. Disposing ends it, and with it the slot. */
export interface ReplicationSession extends AsyncDisposable {
  /** Rejects when the stream has ended, with the reason. Never resolves. */
  readonly ended: Promise<never>
}

/** What of a connection of `pg` is used beyond its types. */
interface Wire {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  once(event: 'replicationStart', listener: () => void): void
  readonly stream: { destroy(): void }
}

/**
 * Makes a temporary slot and begins to read from it.
 *
 * The server removes such a slot with the connection, whatever ends that: none is left behind that would hold its log.
 */
export async function openSession(options: SessionOptions): Promise<ReplicationSession> {
  options.signal.throwIfAborted()
  const client = new pg.Client({ ...options.config, ...replicating })
  client.on('error', () => undefined)
  const cut = (): void => destroy(client)
  options.signal.addEventListener('abort', cut)
  client.on('end', () => options.signal.removeEventListener('abort', cut))
  try {
    await client.connect()
    await client.query({
      text: `CREATE_REPLICATION_SLOT ${quoteName(options.slot)} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')`,
      ...timeLimit(options.limits.slotMs),
    })
    return begin(client, options)
  } catch (thrown) {
    destroy(client)
    throw thrown
  }
}

/** A stream never ends, so neither the client nor the server limits how long its query runs. */
const replicating: pg.ClientConfig & { readonly replication: string } = {
  replication: 'database',
  query_timeout: 0,
}

/** A time-out of one query, which `pg` takes and its types do not know. */
function timeLimit(milliseconds: number): object {
  return { query_timeout: milliseconds }
}

function begin(client: pg.Client, options: SessionOptions): ReplicationSession {
  const { limits } = options
  const failure = Promise.withResolvers<never>()
  // Why: whoever waits for the end may not have begun to.
  failure.promise.catch(() => undefined)
  let taken = 0n
  let heardMs = performance.now()
  let wire: Wire | undefined
  const reply = (wantsReply: boolean): void =>
    wire?.sendCopyFromChunk(encodeReply(taken, Date.now(), wantsReply))
  const take = ({ end, message, wantsReply }: Frame): void => {
    heardMs = performance.now()
    if (message) options.onMessage(message)
    // The log keeps what was read, so the server need not: a position is taken as soon as it is known.
    if (end > taken) taken = end
    if (wantsReply) reply(false)
  }
  const beat = setInterval(() => {
    if (performance.now() - heardMs > limits.silenceMs) failure.reject(silence(limits.silenceMs))
    else reply(true)
  }, limits.replyMs)

  client.on('end', () => failure.reject(closed()))
  client.query(
    createStream({
      text: startStatement(options),
      onStart: (started) => {
        wire = started
        heardMs = performance.now()
        options.onBegun()
      },
      onChunk(chunk) {
        try {
          const frame = readFrame(chunk)
          if (frame) take(frame)
        } catch (thrown) {
          failure.reject(thrown)
        }
      },
      onError: (thrown) => failure.reject(thrown),
    }),
  )
  return {
    ended: failure.promise,
    async [Symbol.asyncDispose]() {
      clearInterval(beat)
      wire = undefined
      destroy(client)
    },
  }
}

function startStatement({ slot, publication }: SessionOptions): string {
  const publications = quoteText(quoteName(publication))
  return `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL 0/0 (proto_version '1', publication_names ${publications})`
}

interface StreamParts {
  readonly text: string
  readonly onStart: (wire: Wire) => void
  readonly onChunk: (chunk: Buffer) => void
  readonly onError: (thrown: unknown) => void
}

/** A query of `pg` whose answer is a stream: the parts that a client calls. */
function createStream({ text, onStart, onChunk, onError }: StreamParts): pg.Submittable {
  const parts = {
    submit(connection: pg.Connection): void {
      // Why the cast: `pg` has these methods, and its types do not know them.
      const wire = connection as unknown as Wire
      wire.once('replicationStart', () => onStart(wire))
      wire.query(text)
    },
    handleCopyData: ({ chunk }: { readonly chunk: Buffer }): void => onChunk(chunk),
    handleError: (thrown: unknown): void => onError(thrown),
    handleReadyForQuery: (): void => onError(closed()),
    handleCommandComplete: (): void => undefined,
  }
  return parts
}

/** Cuts the connection: a server that is frozen would not answer a word of farewell. */
function destroy(client: pg.Client): void {
  // Why the cast: `pg` keeps its connection, and its types do not know it.
  ;(client as unknown as { readonly connection: Wire }).connection.stream.destroy()
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function closed(): DureError {
  return new DureError('STORE_UNAVAILABLE', 'The server has closed the connection.')
}

function silence(silenceMs: number): DureError {
  return new DureError('STORE_UNAVAILABLE', `The server has said nothing for ${silenceMs} ms.`)
}
