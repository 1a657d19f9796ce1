// The locks of one instance as plain data, and how they change. Pure: who holds, who waits, whose turn it is.
import type { Lock } from '../../language/isolation/locks.ts'

/** Commands that wait for one lock of one instance; one more is answered `Locked`. */
export const lockWaitersMax = 100
/** Locks that an operator has freed, of which an instance remembers the reason: the last so many. */
export const freedLocksMax = 20

/** An instance of a saga, as the holder of locks. */
export interface LockParty {
  readonly saga: string
  readonly key: string
  /** Part of its command ids: an instance of the same key in a log that was begun anew is another one. */
  readonly run: string
}

export interface LockHold extends LockParty {
  /** The steps whose commands have taken the lock: what one of them has taken, its undo frees. */
  readonly steps: readonly string[]
  readonly sinceMs: number
}

/** A command that waits. Its message is kept under its id. */
export interface LockWaiter {
  readonly id: string
  /** Absent: no saga has sent it. */
  readonly party?: LockParty
  readonly sinceMs: number
  readonly deadlineMs: number
  /** Whether it was told to try. */
  readonly isCalled?: true
}

export interface LockState {
  readonly hold?: LockHold
  /** First come, first. */
  readonly line: readonly LockWaiter[]
}

/** What an operator has freed, and why. */
export interface FreedLock {
  readonly lock: string
  readonly holder: LockHold
  readonly reason: string
  readonly by?: string
  readonly atMs: number
}

/** All locks of one instance that are held or waited for. */
export interface InstanceLocks {
  readonly locks: Readonly<Record<string, LockState>>
  readonly freed?: readonly FreedLock[]
}

export const freeLock: LockState = { line: [] }

export function isSameParty(one: LockParty | undefined, other: LockParty | undefined): boolean {
  if (!one || !other) return false
  return one.key === other.key && one.saga === other.saga && one.run === other.run
}

/** Who keeps a command from being decided: the holder, or in a queue whoever comes before it. */
export function keptBy(
  { whenHeld }: Lock,
  { hold, line }: LockState,
  who: { readonly party?: LockParty | undefined; readonly waiter?: string | undefined },
): LockParty | 'others' | undefined {
  if (hold) return isSameParty(hold, who.party) ? undefined : hold
  const [first] = line
  if (whenHeld !== 'queue' || !first || first.id === who.waiter) return undefined
  return first.party ?? 'others'
}

/** The lock once a step of a saga has taken it. */
export function taken(
  state: LockState,
  party: LockParty,
  { step, atMs }: { readonly step: string; readonly atMs: number },
): LockState {
  const { saga, key, run } = party
  const { steps = [], sinceMs = atMs } = state.hold ?? {}
  const all = steps.includes(step) ? steps : [...steps, step]
  return { ...state, hold: { saga, key, run, steps: all, sinceMs } }
}

/** The lock once its holder has freed it: an undo only what its step has taken, any other command all of it. */
export function freed(
  state: LockState,
  party: LockParty,
  { step, undo }: { readonly step: string; readonly undo: boolean },
): LockState {
  const { hold, ...rest } = state
  if (!hold || !isSameParty(hold, party)) return state
  const steps = undo ? hold.steps.filter((each) => each !== step) : []
  return steps.length > 0 ? { ...rest, hold: { ...hold, steps } } : rest
}

/** The lock with one more in its line; one that stands there already keeps its place, and sleeps again. */
export function queued(state: LockState, waiter: LockWaiter): LockState {
  const isThere = state.line.some(({ id }) => id === waiter.id)
  const line = isThere
    ? state.line.map((each) => (each.id === waiter.id ? waiter : each))
    : [...state.line, waiter]
  return { ...state, line }
}

export function withoutWaiter(state: LockState, waiter: string | undefined): LockState {
  if (!state.line.some(({ id }) => id === waiter)) return state
  return { ...state, line: state.line.filter(({ id }) => id !== waiter) }
}

/**
 * Whom a change lets try: the first in line when the lock is free, and when it is held whoever waits for the same saga.
 * Each is called once, until it sleeps again.
 */
export function called(state: LockState): {
  readonly state: LockState
  readonly waiters: readonly LockWaiter[]
} {
  const { hold, line } = state
  const isMeant = (waiter: LockWaiter, place: number): boolean =>
    hold ? isSameParty(hold, waiter.party) : place === 0
  const waiters = line.filter((each, place) => !each.isCalled && isMeant(each, place))
  if (waiters.length === 0) return { state, waiters }
  const marked = line.map((each) =>
    waiters.includes(each) ? { ...each, isCalled: true as const } : each,
  )
  return { state: { ...state, line: marked }, waiters }
}
