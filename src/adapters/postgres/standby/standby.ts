// Whether a standby may answer now: what it has replayed is compared with what the primary had when it was looked at last.
// Neither the clocks of the servers nor what a standby says of its own delay count: one that has lost its primary does
// not know that it is behind.

/** Where a server is in the log of its system: the write-ahead log of Postgres, in bytes. */
export type WalPosition = number

/** What a look at the server of the reads has found. */
export interface StandbyLook {
  /** The system that its data belongs to, and its timeline: those of its primary, too. */
  readonly system: string
  readonly isStandby: boolean
  readonly replayed: WalPosition
}

/** What a look at the primary has found. */
export interface PrimaryLook {
  readonly system: string
  readonly written: WalPosition
}

/** Why a standby does not answer that was not looked at. */
export const notLookedAt = 'it was not looked at yet'

/** Follows how far a standby is. Times are milliseconds of one clock that does not jump. */
export class StandbyState {
  readonly #stalenessMsMax: number
  readonly #marks: { readonly written: WalPosition; readonly atMs: number }[] = []
  #system: string | undefined
  /** It has everything that the primary had then. */
  #freshMs = Number.NEGATIVE_INFINITY
  #replayed = 0
  /** Why it answers nothing, whatever it has. */
  #refusal: string | undefined = notLookedAt

  constructor(stalenessMsMax: number) {
    this.#stalenessMsMax = stalenessMsMax
  }

  /** Notes what the primary had at a time: the moment before it was asked. */
  notePrimary({ system, written }: PrimaryLook, atMs: number): void {
    this.#system = system
    this.#marks.push({ written, atMs })
    // Who has no more than that is too far behind.
    while ((this.#marks[0]?.atMs ?? atMs) < atMs - this.#stalenessMsMax) this.#marks.shift()
  }

  noteStandby({ system, isStandby, replayed }: StandbyLook): void {
    this.#refusal = this.#refusalOf(system, isStandby)
    this.#replayed = replayed
    let reached = this.#marks[0]
    while (reached && reached.written <= replayed) {
      this.#freshMs = reached.atMs
      this.#marks.shift()
      reached = this.#marks[0]
    }
  }

  noteFailure(why: string): void {
    this.#refusal = `it cannot be asked: ${why}`
  }

  /** Why it may not answer somebody who needs what was there at a position; undefined when it may. */
  refusal(nowMs: number, needed: WalPosition = 0): string | undefined {
    if (this.#refusal !== undefined) return this.#refusal
    const behindMs = nowMs - this.#freshMs
    if (behindMs > this.#stalenessMsMax)
      return `it is more than ${this.#stalenessMsMax} ms behind its primary`
    return this.#replayed < needed ? 'it does not have the present views yet' : undefined
  }

  #refusalOf(system: string, isStandby: boolean): string | undefined {
    if (this.#system === undefined) return 'its primary was not looked at yet'
    if (system !== this.#system)
      return 'it is of another system than the primary, or follows a timeline that the primary has left; name a standby of this one'
    if (!isStandby) return 'it is no standby, or was promoted; name a standby of the primary'
    return undefined
  }
}
