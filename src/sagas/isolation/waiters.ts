// Messages whose commands wait for a lock: kept as documents, each with a timer that is due at its deadline, or when it
// is called. The consumer's cursor has passed them; a killed process finds them again.
import { assertThat } from '../../language/errors.ts'
import type { Timer } from '../../log/store.port.ts'
import type { Envelope } from '../../messaging/envelope.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import type { LockWaiter } from './lock-state.ts'

const waitersView = '$lock-waiters'
const timerMark = 'lock/'

/** A message that waits. */
export interface WaitingMessage {
  readonly envelope: Envelope
  /** The stream of the instance, and the lock; absent while an earlier message of its key waits. */
  readonly place?: string
  readonly lock?: string
  readonly sinceMs: number
  readonly deadlineMs: number
}

/** What the timer of a waiting message holds: the message itself is found under the timer's name. */
export interface WaiterCall {
  readonly kind: 'lock'
}

/** The id of a waiting message, and of its timer. `place` tells it from all others: its log and position. */
export function waiterId(place: string): string {
  return `${timerMark}${place}`
}

export function waitingMessage(draft: Draft, id: string): WaitingMessage | undefined {
  // Why the cast: this file alone writes these documents.
  return changeOf(draft, id).value as WaitingMessage | undefined
}

/** Keeps a message until its timer is due. */
export function keepWaiting(draft: Draft, id: string, waiting: WaitingMessage): void {
  draft.write(changeOf(draft, id), waiting)
  setTimer(draft, { id, atMs: waiting.deadlineMs })
}

export function forgetWaiting(draft: Draft, id: string): void {
  draft.write(changeOf(draft, id), undefined)
}

/** Lets a message try now. Trap: due at once by every clock, also by that of a process which comes after this one. */
export function callWaiter(draft: Draft, { id }: Pick<LockWaiter, 'id'>): void {
  setTimer(draft, { id, atMs: 0 })
}

function setTimer(draft: Draft, { id, atMs }: Omit<Timer, 'data'>): void {
  const timer = { id, atMs, data: JSON.stringify({ kind: 'lock' } satisfies WaiterCall) }
  // Trap: one draft may put a message off and call it, and a commit sets each timer once.
  const place = draft.setTimers.findIndex((each) => each.id === id)
  if (place >= 0) draft.setTimers[place] = timer
  else draft.setTimers.push(timer)
}

function changeOf(draft: Draft, id: string): DocumentChange {
  const [change] = draft.documents(waitersView, [id])
  assertThat(change !== undefined, `A draft gave no document for ${id}.`)
  return change
}
