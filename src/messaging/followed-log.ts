// A log that tells of what is committed to it, while somebody here passes it on: the relay need not ask for what is new.
// Source: Richardson, "Transaction log tailing" pattern.
import type { Entry, LogStore } from '../log/store.port.ts'
import type { Clock } from '../runtime/clock.port.ts'

/** How often the heads of a log that tells of everything are compared with what it has told. */
export const followedCheckMs = 10_000

export interface FollowedLogOptions {
  readonly store: LogStore
  readonly clock: Clock
  /** It tells of everything now, or no longer. */
  readonly onFollowed: (isFollowed: boolean) => void
  readonly onTold: (entries: readonly Entry[]) => void
  readonly onFailure: (message: string) => void
}

/** A log that is followed while it is needed. */
export interface FollowedLog {
  /** Whether all that is committed is told now. */
  readonly isFollowed: boolean
  /** Says whether anybody here wants to be told. */
  need(isNeeded: boolean): void
  /** Looks now and then whether the log has told what it has; what it kept to itself is found by asking. */
  check(): Promise<void>
  stop(): Promise<void>
}

/** Creates what follows a log; nothing is followed before it is needed, or where the store does not tell. */
export function createFollowedLog(options: FollowedLogOptions): FollowedLog {
  return new ToldLog(options)
}

class ToldLog implements FollowedLog {
  readonly #options: FollowedLogOptions
  #following: AsyncDisposable | undefined
  #ending: Promise<void> = Promise.resolve()
  /** The last position of each partition that was told, or that the log had when it began to tell. */
  #told: number[] = []
  /** Whether what the log had when it began to tell is known. */
  #isCompared = false
  /** What the log had at the last check. */
  #heads: readonly number[] = []
  #checkedMs = 0
  isFollowed = false

  constructor(options: FollowedLogOptions) {
    this.#options = options
  }

  need(isNeeded: boolean): void {
    if (!isNeeded) return this.#unfollow()
    this.#following ??= this.#options.store.follow?.({
      begun: () => {
        this.#told = []
        this.#isCompared = false
        this.#set(true)
      },
      told: (entries) => this.#tell(entries),
      ended: (reason) => {
        this.#set(false)
        this.#options.onFailure(`the log is read, and not tailed: ${reason}`)
      },
    })
  }

  async check(): Promise<void> {
    const nowMs = this.#options.clock.nowMs()
    // Why not only later: a clock that was set back must not put the check off.
    if (!this.isFollowed || Math.abs(nowMs - this.#checkedMs) < followedCheckMs) return
    this.#checkedMs = nowMs
    const before = this.#heads
    const following = this.#following
    const toldBefore = this.#told
    const heads = await this.#options.store.heads()
    if (!this.isFollowed || this.#following !== following || this.#told !== toldBefore) return
    this.#heads = heads
    const told = this.#told
    if (!this.#isCompared) this.#begin(heads)
    else if (before.some((head, partition) => head > (told[partition] ?? 0))) this.#restart()
  }

  async stop(): Promise<void> {
    this.#unfollow()
    await this.#ending
  }

  /** Trap: what the log has by now may have been kept to itself since it began to tell: it is read once more. */
  #begin(heads: readonly number[]): void {
    this.#isCompared = true
    for (const [partition, head] of heads.entries()) this.#note(partition, head)
    this.#options.onFollowed(true)
  }

  #tell(entries: readonly Entry[]): void {
    for (const { partition, position } of entries) this.#note(partition, position)
    this.#options.onTold(entries)
  }

  #note(partition: number, position: number): void {
    this.#told[partition] = Math.max(this.#told[partition] ?? 0, position)
  }

  /** What was told does not reach what the log had at the check before: it is not relied on, and begun anew. */
  #restart(): void {
    this.#options.onFailure('the log has not told of all that it holds: it is followed anew')
    this.#unfollow()
    this.need(true)
  }

  #unfollow(): void {
    const following = this.#following
    if (!following) return
    this.#following = undefined
    this.#set(false)
    const ending = following[Symbol.asyncDispose]()
    this.#ending = Promise.all([this.#ending, ending]).then(() => undefined)
  }

  #set(isFollowed: boolean): void {
    if (isFollowed) this.#checkedMs = 0
    if (this.isFollowed === isFollowed && !isFollowed) return
    this.isFollowed = isFollowed
    this.#options.onFollowed(isFollowed)
  }
}
