// Follows the log of a service through a replication slot, for as long as somebody is told of it. Whatever ends a stream,
// a new one is begun with a new slot: what was committed in between is in the log.
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { DureError, messageOf } from '../../../language/errors.ts'
import type { LogFollower } from '../../../log/store.port.ts'
import type { Connections } from '../connections.ts'
import { toNumber, toText } from '../rows.ts'
import { waitsForStandbys } from '../server-settings.ts'
import { createEntryReader } from './pgoutput.ts'
import { openSession, type ReplicationSession, type SessionLimits } from './replication-session.ts'

export interface TailingLimits extends SessionLimits {
  /** Wait after a failure, in milliseconds; doubled for each further one up to the maximum. */
  readonly againMs: number
  readonly againMsMax: number
  /** How often it is looked how much of its own log the server keeps for the slot. */
  readonly retainedEveryMs: number
  /** Bytes of the server's own log that a slot may keep: it is given up when it keeps more. */
  readonly retainedBytesMax: number
}

export const tailingLimits: TailingLimits = {
  slotMs: 30_000,
  replyMs: 5_000,
  silenceMs: 20_000,
  againMs: 500,
  againMsMax: 30_000,
  retainedEveryMs: 10_000,
  retainedBytesMax: 1_073_741_824,
}

export interface FollowLogOptions {
  readonly service: string
  /** The publication of the log. */
  readonly publication: string
  readonly config: pg.ClientConfig
  /** What asks how much the slot keeps. */
  readonly readers: Connections
  readonly limits: TailingLimits
}

/** Begins to follow. Disposing ends it: nothing is told after that. */
export function followLog(options: FollowLogOptions, follower: LogFollower): AsyncDisposable {
  const following = new Following(options, follower)
  return { [Symbol.asyncDispose]: () => following.stop() }
}

/** The name of a slot: of a service, and different each time. */
function slotOf(service: string): string {
  const readable = service.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')
  return `dure_${readable.slice(0, 40)}_${randomBytes(6).toString('hex')}`
}

class Following {
  readonly #options: FollowLogOptions
  readonly #follower: LogFollower
  readonly #stopping = Promise.withResolvers<void>()
  readonly #cut = new AbortController()
  readonly #running: Promise<void>
  #isStopped = false
  #isTold = false
  #failures = 0
  #said: string | undefined

  constructor(options: FollowLogOptions, follower: LogFollower) {
    this.#options = options
    this.#follower = follower
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopping.resolve()
    this.#cut.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { againMs, againMsMax } = this.#options.limits
    while (!this.#isStopped) {
      try {
        await this.#tail()
      } catch (thrown) {
        this.#end(messageOf(thrown))
      }
      if (this.#isStopped) return
      this.#failures += 1
      await this.#pause(Math.min(againMsMax, againMs * 2 ** Math.min(this.#failures - 1, 10)))
    }
  }

  /** Tells of one stream until it has ended, or nobody wants to know any more. */
  async #tail(): Promise<void> {
    const { service, publication, config, limits } = this.#options
    await this.#assertUsable()
    const slot = slotOf(service)
    const read = createEntryReader()
    const session = await openSession({
      config,
      slot,
      publication,
      limits,
      signal: this.#cut.signal,
      onBegun: () => this.#begin(),
      onMessage: (message) => {
        const entries = read(message)
        if (entries.length > 0 && !this.#isStopped) this.#follower.told(entries)
      },
    })
    try {
      await this.#watch(slot, session)
    } finally {
      await session[Symbol.asyncDispose]()
    }
  }

  /**
   * Not every version of the server refuses to send what is not published: some send nothing, for ever. And a server that
   * waits for standbys sends what it has written before they have it: it could be gone after a failover.
   */
  async #assertUsable(): Promise<void> {
    const { readers, publication, service } = this.#options
    const [row] = await readers.ask(usableStatement, [publication])
    if (toNumber(row?.[0]) === 0) throw unpublished(publication)
    if (toText(row?.[1]) !== '') throw waiting(service)
  }

  async #watch(slot: string, session: ReplicationSession): Promise<void> {
    const looking = this.#lookAtRetained(slot)
    try {
      await Promise.race([session.ended, looking.exceeded, this.#stopping.promise])
    } finally {
      looking.end()
    }
  }

  #begin(): void {
    if (this.#isStopped) return
    this.#isTold = true
    this.#failures = 0
    this.#said = undefined
    this.#follower.begun()
  }

  /** Says it once, however often the same is tried in vain. */
  #end(reason: string): void {
    if (this.#isStopped || (!this.#isTold && this.#said === reason)) return
    this.#isTold = false
    this.#said = reason
    this.#follower.ended(reason)
  }

  #lookAtRetained(slot: string): { readonly exceeded: Promise<never>; end(): void } {
    const { readers, limits, service } = this.#options
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    const timer = setInterval(() => {
      // Who cannot be asked now is asked the next time.
      void lookAt(readers, slot).then(
        ({ bytes, standbys }) => {
          if (bytes > limits.retainedBytesMax) reject(tooMuch(slot, bytes))
          if (standbys !== '') reject(waiting(service))
        },
        () => undefined,
      )
    }, limits.retainedEveryMs)
    return { exceeded: promise, end: () => clearInterval(timer) }
  }

  async #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, delayMs)
    await Promise.race([promise, this.#stopping.promise])
    clearTimeout(timer)
  }
}

const retainedStatement = {
  name: 'retained',
  text: `SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::bigint,
      current_setting('synchronous_standby_names')
    FROM pg_replication_slots WHERE slot_name = $1`,
}

async function lookAt(
  readers: Connections,
  slot: string,
): Promise<{ readonly bytes: number; readonly standbys: string }> {
  const [row] = await readers.ask(retainedStatement, [slot])
  return { bytes: toNumber(row?.[0]), standbys: toText(row?.[1]) }
}

const usableStatement = {
  name: 'usable',
  text: `SELECT count(*), current_setting('synchronous_standby_names') FROM pg_publication_tables
    WHERE pubname = $1 AND schemaname = $1 AND tablename = 'log'`,
}

function waiting(service: string): DureError {
  return new DureError('STORE_UNAVAILABLE', `The database of "${service}" ${waitsForStandbys}.`, {
    details: { service },
  })
}

function unpublished(publication: string): DureError {
  return new DureError(
    'STORE_UNAVAILABLE',
    `The publication "${publication}" of the log is not there. Open the store again, as a user who may make it.`,
    { details: { publication } },
  )
}

function tooMuch(slot: string, bytes: number): DureError {
  return new DureError(
    'STORE_UNAVAILABLE',
    `The slot ${slot} kept ${bytes} bytes of the server's own log, and was given up: a transaction that has been open for long holds it. Look for it in pg_stat_activity.`,
    { details: { slot, bytes } },
  )
}
