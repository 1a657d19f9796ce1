// How a caller waits for a lock: in memory, within the deadline of the lock and its own, woken when the locks of the
// instance change. Nobody has accepted its command yet, so nothing of it has to outlive the process.
import { DureError } from '../../language/errors.ts'
import type { DocumentWrite } from '../../log/store.port.ts'
import type { Clock } from '../../runtime/clock.port.ts'
import type { HeldUp } from './decide-under-locks.ts'
import { locksView } from './lock-book.ts'
import { lockWaitersMax } from './lock-state.ts'

/** Longest sleep of a caller where other processes can free the lock, which nobody tells of here, in milliseconds. */
export const patienceSleepMsMax = 250

/** Tells callers of one service of locks that have changed. */
export interface LockWatch {
  /** Told of the documents of every commit that was written. */
  written(documents: readonly DocumentWrite[]): void
  /** Callers that wait for locks of one instance. */
  countAt(place: string): number
  add(place: string, wake: () => void): () => void
  /** Lets nobody wait any longer: the service stops. */
  close(): void
  readonly isClosed: boolean
}

export function createLockWatch(): LockWatch {
  const watchers = new Map<string, Set<() => void>>()
  let isClosed = false
  return {
    get isClosed() {
      return isClosed
    },
    close() {
      isClosed = true
      for (const waiting of watchers.values()) for (const wake of waiting) wake()
    },
    written(documents) {
      if (watchers.size === 0) return
      for (const { view, key } of documents) {
        if (view === locksView.name) for (const wake of watchers.get(key) ?? []) wake()
      }
    },
    countAt: (place) => watchers.get(place)?.size ?? 0,
    add(place, wake) {
      const known = watchers.get(place) ?? new Set()
      watchers.set(place, known.add(wake))
      return () => {
        known.delete(wake)
        if (known.size === 0 && watchers.get(place) === known) watchers.delete(place)
      }
    },
  }
}

export interface PatienceOptions {
  readonly watch: LockWatch
  readonly clock: Clock
  /** Whether other processes can free locks. */
  readonly isShared: boolean
  /** When the caller gives up, in milliseconds since 1970 UTC. */
  readonly deadlineMs: number | undefined
}

/** One caller, as long as it waits. */
export class LockPatience implements Disposable {
  /** Whether it waits no longer: its command is then answered `Locked`. */
  isOver = false
  readonly #options: PatienceOptions
  #untilMs: number | undefined
  #place: string | undefined
  #leave = (): void => undefined
  #isChanged = false
  #wake = (): void => undefined

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  get isWaiting(): boolean {
    return this.#untilMs !== undefined
  }

  /** Resolves when the command may be tried again. @throws `SYSTEM_STOPPING`. */
  async wait({ heldUp, place }: HeldUp): Promise<void> {
    const { clock, watch, deadlineMs = Number.POSITIVE_INFINITY } = this.#options
    this.#untilMs ??= clock.nowMs() + heldUp.deadlineMs
    if (this.#place !== place) return this.#watch(place)
    // A caller whose own deadline has passed is told so, and not "Locked": it may try again under its id.
    const endMs = Math.min(this.#untilMs, deadlineMs + 1)
    if (!this.#isChanged) await this.#sleep(endMs - clock.nowMs())
    if (watch.isClosed) throw stopping(heldUp.name)
    this.#isChanged = false
    this.isOver = clock.nowMs() >= this.#untilMs
  }

  [Symbol.dispose](): void {
    this.#leave()
  }

  /** Trap: what has changed before anybody listened is not told, so it is tried once more at once. */
  #watch(place: string): void {
    const { watch } = this.#options
    this.#leave()
    if (watch.countAt(place) >= lockWaitersMax) {
      this.isOver = true
      return
    }
    this.#place = place
    this.#leave = watch.add(place, () => {
      this.#isChanged = true
      this.#wake()
    })
  }

  #sleep(leftMs: number): Promise<void> {
    if (leftMs <= 0) return Promise.resolve()
    const { clock, isShared } = this.#options
    const sleepMs = isShared ? Math.min(leftMs, patienceSleepMsMax) : leftMs
    return new Promise((resolve) => {
      const cancel = clock.after(sleepMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

function stopping(lock: string): DureError {
  return new DureError(
    'SYSTEM_STOPPING',
    `The service stops while a command waits for lock "${lock}". Try again under the same id when it runs.`,
  )
}
