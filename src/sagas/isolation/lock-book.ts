// The locks of an instance inside a draft: read, and written in the very commit of the decision that changes them.
import type { Aggregate } from '../../language/aggregate.ts'
import { assertThat } from '../../language/errors.ts'
import type { Lock, LockedData } from '../../language/isolation/locks.ts'
import type { View } from '../../language/view.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import {
  called,
  type FreedLock,
  freeLock,
  freedLocksMax,
  type InstanceLocks,
  type LockState,
} from './lock-state.ts'
import { callWaiter } from './waiters.ts'

/** The view that keeps the locks of a service; those that are held or waited for can be found. */
export const locksView: View = {
  kind: 'view',
  name: '$locks',
  document: undefined as never,
  consistency: 'inline',
  version: 1,
  indexes: { busy: isBusy },
  handlers: {},
  events: [],
}

function isBusy({ locks }: InstanceLocks): number | undefined {
  return Object.keys(locks).length > 0 ? 1 : undefined
}

/** The locks of one instance, while a draft is built. */
export class LockBook {
  /** The stream of the instance. */
  readonly place: string
  readonly #draft: Draft
  readonly #change: DocumentChange

  constructor(draft: Draft, place: string) {
    const [change] = draft.documents(locksView.name, [place], locksView)
    assertThat(change !== undefined, `A draft gave no locks of ${place}.`)
    this.place = place
    this.#draft = draft
    this.#change = change
  }

  stateOf(lock: string): LockState {
    return this.#kept.locks[lock] ?? freeLock
  }

  /** Changes a lock, and calls whom that lets try. */
  change(lock: string, next: LockState): void {
    if (next === this.stateOf(lock)) return
    const { state, waiters } = called(next)
    const { [lock]: _before, ...others } = this.#kept.locks
    const isIdle = !state.hold && state.line.length === 0
    this.#write({ ...this.#kept, locks: isIdle ? others : { ...others, [lock]: state } })
    for (const waiter of waiters) callWaiter(this.#draft, waiter)
  }

  /** Notes what an operator has freed. */
  noteFreed(freed: FreedLock): void {
    const all = [...(this.#kept.freed ?? []), freed].slice(-freedLocksMax)
    this.#write({ ...this.#kept, freed: all })
  }

  get #kept(): InstanceLocks {
    // Why the cast: this file alone writes these documents.
    return (this.#change.value as InstanceLocks | undefined) ?? { locks: {} }
  }

  #write(next: InstanceLocks): void {
    const isEmpty = Object.keys(next.locks).length === 0 && !next.freed
    this.#draft.write(this.#change, isEmpty ? undefined : next, locksView)
  }
}

/** The name of the stream of an instance, under which its locks are kept. */
export function placeOf({ name }: Aggregate, key: string): string {
  return `${name}/${key}`
}

/** What `Locked` says of a lock. */
export function lockedData({ name: lock }: Lock, heldBy: string): LockedData {
  return { lock, heldBy }
}
