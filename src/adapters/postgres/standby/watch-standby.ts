// Looks at a primary and at its standby, again and again, for as long as a store reads there.
import { messageOf } from '../../../language/errors.ts'
import { type Connections, NotSent, openConnections, type PostgresLimits } from '../connections.ts'
import { toNumber, toText } from '../rows.ts'
import { notLookedAt, StandbyState, type WalPosition } from './standby.ts'

export interface StandbyLimits {
  /** How far a standby may be behind its primary to answer, in milliseconds. */
  readonly stalenessMsMax: number
  /** How often both are looked at. */
  readonly lookMs: number
  /** How long a standby may take to answer, before the primary is asked instead. */
  readonly answerMsMax: number
  /** How long a standby that failed is left alone; doubled for each further failure up to the maximum. */
  readonly restMs: number
  readonly restMsMax: number
}

export const standbyLimits: StandbyLimits = {
  stalenessMsMax: 5_000,
  lookMs: 500,
  answerMsMax: 2_000,
  restMs: 1_000,
  restMsMax: 30_000,
}

export interface WatchStandbyOptions {
  readonly primaryUrl: string
  readonly standbyUrl: string
  readonly limits: StandbyLimits
  readonly connections: PostgresLimits
  readonly report: StandbyReport
}

/** Told who answers, whenever that changes: at the level `warn` when it is not the standby. */
export type StandbyReport = (level: 'info' | 'warn', message: string) => void

/** How far a standby is. */
export interface StandbyWatch {
  /** Whether it may answer who needs what was there at a position. */
  mayAnswer(needed: WalPosition): boolean
  /** What the primary has by now, as soon as it can be asked: whoever needs that waits for the standby to have it. */
  written(): Promise<WalPosition>
  /** It has answered: what it failed before counts no more. */
  answered(): void
  /** It has failed to answer: it is left alone for a while. */
  failed(thrown: unknown): void
  /** Counts who reads there; disposing what it gives ends the looking with the last of them. */
  use(): AsyncDisposable
}

// A timeline is known from its last checkpoint: after a change it may be a while before both are seen to have the same.
const systemOf =
  "(SELECT system_identifier || '/' || timeline_id FROM pg_control_system(), pg_control_checkpoint())"
const primaryLook = {
  name: 'look at primary',
  text: `SELECT ${systemOf}, (pg_current_wal_flush_lsn() - '0/0')::bigint
    WHERE NOT pg_is_in_recovery()`,
}
/** Also what is not on the disk yet. */
const writtenLook = {
  name: 'look at written',
  text: `SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint WHERE NOT pg_is_in_recovery()`,
}
const standbyLook = {
  name: 'look at standby',
  text: `SELECT ${systemOf}, pg_is_in_recovery()::integer,
    coalesce(pg_last_wal_replay_lsn() - '0/0', 0)::bigint`,
}

/** Creates what watches a standby while it is used. */
export function watchStandby(options: WatchStandbyOptions): StandbyWatch {
  return new Watch(options)
}

interface Servers {
  readonly primary: Connections
  readonly standby: Connections
}

class Watch implements StandbyWatch {
  readonly #options: WatchStandbyOptions
  readonly #state: StandbyState
  #users = 0
  #servers: Servers | undefined
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #restsUntilMs = 0
  #said = notLookedAt

  constructor(options: WatchStandbyOptions) {
    this.#options = options
    this.#state = new StandbyState(options.limits.stalenessMsMax)
  }

  mayAnswer(needed: WalPosition): boolean {
    const nowMs = performance.now()
    if (nowMs < this.#restsUntilMs) return false
    const refusal = this.#state.refusal(nowMs, needed)
    // What one store still waits for is not worth a word.
    if (needed === 0 || refusal === undefined) this.#say(refusal)
    return refusal === undefined
  }

  async written(): Promise<WalPosition> {
    const [row] = (await this.#servers?.primary.ask(writtenLook, [])) ?? []
    return row ? toNumber(row[0]) : Number.POSITIVE_INFINITY
  }

  answered(): void {
    this.#failures = 0
  }

  failed(thrown: unknown): void {
    const { restMs, restMsMax } = this.#options.limits
    // Several reads that were on their way fail together.
    if (performance.now() < this.#restsUntilMs) return
    this.#failures += 1
    const delayMs = Math.min(restMsMax, restMs * 2 ** Math.min(this.#failures - 1, 10))
    this.#restsUntilMs = performance.now() + delayMs
    this.#state.noteFailure(messageOf(thrown))
    this.#say(this.#state.refusal(performance.now()))
  }

  use(): AsyncDisposable {
    this.#users += 1
    this.#servers ??= this.#open()
    if (!this.#looking) this.#look()
    return {
      [Symbol.asyncDispose]: async () => {
        this.#users -= 1
        if (this.#users === 0) await this.#close()
      },
    }
  }

  #open(): Servers {
    const { primaryUrl, standbyUrl, limits, connections } = this.#options
    const shared = { name: 'dure standby', statementMs: limits.answerMsMax, max: 1 }
    const lookLimits = {
      ...connections,
      connectMs: Math.min(connections.connectMs, limits.answerMsMax),
    }
    return {
      primary: openConnections({ ...shared, url: primaryUrl, limits: lookLimits }),
      standby: openConnections({ ...shared, url: standbyUrl, limits: lookLimits }),
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer)
    const servers = this.#servers
    this.#servers = undefined
    await this.#looking
    this.#looking = undefined
    await Promise.all([
      servers?.primary[Symbol.asyncDispose](),
      servers?.standby[Symbol.asyncDispose](),
    ])
  }

  #look(): void {
    const servers = this.#servers
    if (!servers) return
    this.#looking = this.#lookAt(servers).finally(() => {
      if (this.#servers !== servers) return
      this.#timer = setTimeout(() => this.#look(), this.#options.limits.lookMs)
    })
  }

  async #lookAt({ primary, standby }: Servers): Promise<void> {
    const begunMs = performance.now()
    try {
      const [row] = await primary.ask(primaryLook, [])
      if (row)
        this.#state.notePrimary({ system: toText(row[0]), written: toNumber(row[1]) }, begunMs)
    } catch {
      // Who passes commits on says that the primary is away; the standby answers until it is too far behind.
    }
    if (begunMs < this.#restsUntilMs) return
    try {
      const [row = []] = await standby.ask(standbyLook, [])
      this.#state.noteStandby({
        system: toText(row[0]),
        isStandby: toNumber(row[1]) === 1,
        replayed: toNumber(row[2]),
      })
      this.#say(this.#state.refusal(performance.now()))
    } catch (thrown) {
      this.failed(thrown instanceof NotSent ? thrown.cause : thrown)
    }
  }

  /** Says it once. */
  #say(refusal: string | undefined): void {
    const said = refusal ?? ''
    if (this.#said === said) return
    this.#said = said
    if (refusal === undefined) this.#options.report('info', 'views are read from the standby')
    else
      this.#options.report(
        'warn',
        `views are read from the primary, and not from the standby: ${refusal}`,
      )
  }
}
