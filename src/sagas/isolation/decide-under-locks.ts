// A decision under the locks of its instance: what another saga holds up is answered `Locked` or has to wait; what is
// decided takes and frees locks in its own commit.
import { type Lock, lockedRejection, locksMet } from '../../language/isolation/locks.ts'
import type { Outcome } from '../../language/message.ts'
import { type Decidable, decideInto } from '../../runtime/decide.ts'
import type { Draft } from '../../runtime/draft.ts'
import type { ServiceModel } from '../../runtime/service-model.ts'
import { parseStepName } from '../step-name.ts'
import { LockBook, lockedData, placeOf } from './lock-book.ts'
import {
  freed,
  keptBy,
  type LockParty,
  lockWaitersMax,
  taken,
  withoutWaiter,
} from './lock-state.ts'

/** Says that a command has to wait for a lock; nothing was decided. */
export interface HeldUp {
  readonly heldUp: Lock
  /** The stream of the instance. */
  readonly place: string
  /** Whom it waits for. */
  readonly heldBy: string
}

/** A command as one who waits for a lock, and is tried again. */
export interface Waiting {
  readonly waiter: string | undefined
}

export function isHeldUp(given: Outcome | HeldUp): given is HeldUp {
  return 'heldUp' in given
}

/** The saga that a command is of. */
export function partyOf({ saga, id }: Pick<Decidable, 'saga' | 'id'>): LockParty | undefined {
  return saga && { saga: saga.name, key: saga.key, run: id.slice(0, id.indexOf('/')) }
}

/**
 * Decides a command inside a draft, unless a lock of its instance holds it up.
 *
 * @throws `COMMAND_DECISION_FAILED` when the decision is not one.
 */
export function decideUnderLocks(
  model: ServiceModel,
  draft: Draft,
  command: Decidable & Partial<Waiting>,
): Outcome | HeldUp {
  const aggregate = model.commands.get(command.type)?.aggregate
  if (!aggregate || aggregate.locks.length === 0) return decideInto(model, draft, command)
  const book = new LockBook(draft, placeOf(aggregate, command.key))
  const party = partyOf(command)
  const met = locksMet(aggregate.locks, command)
  const kept = heldUpBy(book, met, { party, waiter: command.waiter })
  if (kept) return kept
  const outcome = decideInto(model, draft, command)
  if (!outcome.ok || !party) return outcome
  note(book, { locks: aggregate.locks, met, party, command, atMs: draft.atMs })
  return outcome
}

interface Who extends Partial<Waiting> {
  readonly party: LockParty | undefined
}

/** The first lock that holds a command up; `Locked` when it may not wait for it. */
function heldUpBy(book: LockBook, met: readonly Lock[], who: Who): Outcome | HeldUp | undefined {
  for (const lock of met) {
    const state = book.stateOf(lock.name)
    const keeper = keptBy(lock, state, who)
    if (!keeper) continue
    const heldBy = keeper === 'others' ? keeper : keeper.saga
    const isFull = state.line.length >= lockWaitersMax && who.waiter === undefined
    if (lock.whenHeld === 'reject' || isFull) return lockedOutcome(lock, heldBy)
    return { heldUp: lock, place: book.place, heldBy }
  }
  return undefined
}

export function lockedOutcome(lock: Lock, heldBy: string): Outcome {
  return { ok: false, rejected: lockedRejection, data: lockedData(lock, heldBy) }
}

interface Noted {
  readonly locks: readonly Lock[]
  readonly met: readonly Lock[]
  readonly party: LockParty
  readonly command: Decidable & Partial<Waiting>
  readonly atMs: number
}

/** Notes what a saga has taken, and what it has freed. */
function note(book: LockBook, { locks, met, party, command, atMs }: Noted): void {
  const { step, undo } = parseStepName(command.saga?.step ?? '')
  for (const lock of locks) {
    // Trap: who has waited stands in the line still, and must not be called again by what it takes itself.
    const state = withoutWaiter(book.stateOf(lock.name), command.waiter)
    if (lock.frees.includes(command.type))
      book.change(lock.name, freed(state, party, { step, undo }))
    else if (met.includes(lock) && lock.takes.includes(command.type))
      book.change(lock.name, taken(state, party, { step, atMs }))
  }
}
