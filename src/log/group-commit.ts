// Group commit of business commands: commits that arrive while another group is written, or within one turn of
// the event loop, are written together, in one statement or transaction, each with its own verdict.
// Source: DeWitt et al., "Implementation Techniques for Main Memory Database Systems" (group commit).
import { DureError } from '../language/errors.ts'
import type { Clock } from '../runtime/clock.port.ts'
import type { Commit, LogStore, Verdict } from './store.port.ts'

export interface GroupCommitLimits {
  /** Commits written together. */
  readonly groupMax: number
  /** Commits that wait. */
  readonly queueMax: number
  /** How often a group whose outcome is unknown is handed in again before the error is passed on. */
  readonly unknownRetriesMax: number
  /** Wait between those, in milliseconds. */
  readonly unknownRetryMs: number
}

export const groupCommitLimits: GroupCommitLimits = {
  groupMax: 512,
  queueMax: 50_000,
  unknownRetriesMax: 5,
  unknownRetryMs: 50,
}

/** What became of a commit: a verdict, or the failure that kept the whole group from being written. */
export type Settled = Verdict | { readonly kind: 'failed'; readonly error: unknown }

export interface GroupCommit {
  /**
   * Hands a commit in. `settle` is called once, in the order of submission, before any later commit is decided.
   *
   * @throws `COMMAND_QUEUE_FULL` when as many commits wait as may.
   */
  submit(commit: Commit, settle: (settled: Settled) => void): void
  /** Resolves when nothing waits and nothing is being written. */
  drained(): Promise<void>
  readonly waiting: number
  readonly commits: number
  /** Those that did more than note who is there, and how far somebody is. */
  readonly deeds: number
  readonly groups: number
  /** Why the last group was not written; undefined when it was. */
  readonly failure: unknown
}

interface Waiting {
  readonly commit: Commit
  readonly settle: (settled: Settled) => void
}

export interface GroupCommitOptions {
  readonly store: LogStore
  readonly clock: Clock
  readonly limits?: Partial<GroupCommitLimits>
}

/** Creates the group commit of one store. */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  return new StoreGroupCommit(options)
}

/** How the views begin in which Dure notes things for itself. */
const bookkeeping = '$'

class StoreGroupCommit implements GroupCommit {
  commits = 0
  deeds = 0
  groups = 0
  failure: unknown
  readonly #store: LogStore
  readonly #clock: Clock
  readonly #limits: GroupCommitLimits
  #queue: Waiting[] = []
  #busy = false
  #drains: (() => void)[] = []

  constructor({ store, clock, limits }: GroupCommitOptions) {
    this.#store = store
    this.#clock = clock
    this.#limits = { ...groupCommitLimits, ...limits }
  }

  get waiting(): number {
    return this.#queue.length
  }

  submit(commit: Commit, settle: (settled: Settled) => void): void {
    if (this.#queue.length >= this.#limits.queueMax) throw queueFull(this.#queue.length)
    this.#queue.push({ commit, settle })
    if (!this.#busy) this.#schedule()
  }

  drained(): Promise<void> {
    if (!this.#busy && this.#queue.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#drains.push(resolve))
  }

  #schedule(): void {
    this.#busy = true
    this.#clock.defer(() => void this.#writeGroup())
  }

  async #writeGroup(): Promise<void> {
    const { groupMax } = this.#limits
    const group = this.#queue.splice(0, groupMax)
    await this.#settleGroup(group)
    if (this.#queue.length > 0) return this.#schedule()
    this.#busy = false
    for (const resolve of this.#drains.splice(0)) resolve()
  }

  #count(commit: Commit): void {
    this.commits += 1
    if (isDeed(commit)) this.deeds += 1
  }

  async #settleGroup(group: readonly Waiting[]): Promise<void> {
    const settled = await this.#write(group)
    this.groups += 1
    const failed = new Set<string>()
    for (const [index, { commit, settle }] of group.entries()) {
      const each = settled(index)
      if (each.kind === 'committed') this.#count(commit)
      else for (const cell of cellsOf(commit)) failed.add(cell)
      settle(each)
    }
    if (failed.size > 0) this.#dropDependents(failed)
  }

  /** Commits that wait and were decided on an effect that did not happen: they have to be decided again. */
  #dropDependents(failed: Set<string>): void {
    const kept: Waiting[] = []
    const dropped: (readonly [Waiting, string])[] = []
    for (const waiting of this.#queue) {
      const cells = cellsOf(waiting.commit)
      const cell = cells.find((each) => failed.has(each))
      if (cell === undefined) {
        kept.push(waiting)
        continue
      }
      for (const each of cells) failed.add(each)
      dropped.push([waiting, cell])
    }
    this.#queue = kept
    for (const [{ settle }, name] of dropped) {
      settle({ kind: 'conflict', on: 'stream', name, expected: 0, actual: 0 })
    }
  }

  async #write(group: readonly Waiting[]): Promise<(index: number) => Settled> {
    const { unknownRetriesMax, unknownRetryMs } = this.#limits
    const batch = group.map(({ commit }) => commit)
    let unknown: unknown
    for (let attempt = 0; ; attempt += 1) {
      try {
        const verdicts = await this.#store.commit(batch)
        this.failure = undefined
        return (index) => verdicts[index] ?? { kind: 'failed', error: missingVerdict() }
      } catch (error) {
        // Trap: only an unknown outcome is handed in again. Whatever was applied then answers as duplicate or
        // conflict, so nothing takes effect twice. That a later attempt was refused says nothing of the first one.
        if (isUnknown(error)) unknown = error
        if (unknown === undefined || attempt >= unknownRetriesMax) {
          this.failure = error
          return () => ({ kind: 'failed', error: unknown ?? error })
        }
        const delayMs = unknownRetryMs * 2 ** attempt
        await new Promise<void>((resolve) => this.#clock.after(delayMs, resolve))
      }
    }
  }
}

function queueFull(waiting: number): DureError {
  return new DureError(
    'COMMAND_QUEUE_FULL',
    `${waiting} commits wait already. Slow down, and try again in a moment.`,
  )
}

function isUnknown(error: unknown): boolean {
  return error instanceof DureError && error.code === 'LOG_COMMIT_UNKNOWN'
}

function missingVerdict(): DureError {
  return new DureError(
    'INTERNAL_DEFECT',
    'The store gave fewer verdicts than it was given commits.',
  )
}

/** Names of all versioned things that a commit writes or rests on. */
export function cellsOf(commit: Commit): string[] {
  const cells: string[] = []
  for (const { stream } of commit.streams ?? []) cells.push(`stream ${stream}`)
  for (const { view, key } of commit.documents ?? []) cells.push(`document ${view} ${key}`)
  for (const { view, key } of commit.checkDocuments ?? []) cells.push(`document ${view} ${key}`)
  for (const each of commit.cursors ?? []) {
    cells.push(`cursor ${each.consumer} ${each.source} ${each.partition}`)
  }
  return cells
}

function isDeed({ entries, setTimers, park, unpark, documents }: Commit): boolean {
  const parts = [entries, setTimers, park, unpark]
  if (parts.some((each) => each !== undefined && each.length > 0)) return true
  return documents?.some(({ view }) => !view.startsWith(bookkeeping)) ?? false
}
