// Commands that came as messages and meet a lock: put off, tried again when they are called, and answered `Locked` at
// their deadline.
import type { Outcome } from '../../language/message.ts'
import type { Envelope } from '../../messaging/envelope.ts'
import type { Draft } from '../../runtime/draft.ts'
import { type HeldUp, lockedOutcome } from './decide-under-locks.ts'
import { isBehind, joinKeyLine, leaveKeyLine } from './key-line.ts'
import { LockBook } from './lock-book.ts'
import { type LockParty, queued, withoutWaiter } from './lock-state.ts'
import { forgetWaiting, keepWaiting, type WaitingMessage, waitingMessage } from './waiters.ts'

export interface PutOff {
  readonly id: string
  readonly envelope: Envelope
  readonly party: LockParty | undefined
  readonly heldUp: HeldUp
}

/** Puts a message off until the lock that it met is free for it; its first deadline stays. */
export function putOff(draft: Draft, { id, envelope, party, heldUp }: PutOff): void {
  const { heldUp: lock, place } = heldUp
  const before = waitingMessage(draft, id)
  if (before && before.lock !== lock.name) leaveLine(draft, id, before)
  const isNew = before?.lock === undefined
  const sinceMs = isNew ? draft.atMs : before.sinceMs
  const deadlineMs = isNew ? draft.atMs + lock.deadlineMs : before.deadlineMs
  const book = new LockBook(draft, place)
  const waiter = { id, sinceMs, deadlineMs, ...(party && { party }) }
  book.change(lock.name, queued(book.stateOf(lock.name), waiter))
  keepWaiting(draft, id, { envelope, place, lock: lock.name, sinceMs, deadlineMs })
  joinKeyLine(draft, id, envelope)
}

/** How long a message sleeps behind another one of its key, which calls it, in milliseconds. */
const behindSleepMs = 60_000

/** Puts a message off when an earlier one of its key waits. Says whether it did. */
export function putBehind(draft: Draft, id: string, envelope: Envelope): boolean {
  if (!isBehind(draft, id, envelope)) return false
  const { atMs } = draft
  keepWaiting(draft, id, { envelope, sinceMs: atMs, deadlineMs: atMs + behindSleepMs })
  joinKeyLine(draft, id, envelope)
  return true
}

/** The answer to a message that has waited too long; undefined: it waits on. */
export function overdueAnswer(
  draft: Draft,
  waiting: WaitingMessage,
  { heldUp, heldBy }: HeldUp,
): Outcome | undefined {
  const isWaiting = waiting.lock === undefined || draft.atMs < waiting.deadlineMs
  return isWaiting ? undefined : lockedOutcome(heldUp, heldBy)
}

/** Notes that a message waits no more, and calls who comes next. */
export function endWaiting(draft: Draft, id: string, waiting: WaitingMessage): void {
  leaveLine(draft, id, waiting)
  leaveKeyLine(draft, id, waiting.envelope)
  forgetWaiting(draft, id)
}

function leaveLine(draft: Draft, id: string, { place, lock }: WaitingMessage): void {
  if (place === undefined || lock === undefined) return
  const book = new LockBook(draft, place)
  book.change(lock, withoutWaiter(book.stateOf(lock), id))
}
