// The deadlines of sagas, as timers of the service that waits.
import type { Draft } from '../runtime/draft.ts'
import type { SagaAddress } from './coordinator.ts'
import { retryName } from './step-name.ts'

/** Sets the deadline of an instance, or of one of its steps: `afterMs` milliseconds from the time of the draft. */
export function setDeadline(draft: Draft, address: SagaAddress, afterMs: number): void {
  const data = JSON.stringify({ kind: 'saga', address })
  draft.setTimers.push({ id: timerOf(address), atMs: draft.atMs + afterMs, data })
}

/** Sets the time at which a saga that rests at a service goes on. */
export function setTokenTimer(draft: Draft, address: SagaAddress, atMs: number): void {
  const id = timerOf({ ...address, step: retryName(address.step) })
  draft.setTimers.push({ id, atMs, data: JSON.stringify({ kind: 'saga', address }) })
}

export function cancelDeadline(draft: Draft, address: SagaAddress): void {
  const id = timerOf(address)
  // A commit cancels before it sets: a timer that was set in this very draft is not set at all.
  const place = draft.setTimers.findIndex((timer) => timer.id === id)
  if (place >= 0) draft.setTimers.splice(place, 1)
  if (!draft.cancelTimers.includes(id)) draft.cancelTimers.push(id)
}

function timerOf({ name, key, step }: SagaAddress): string {
  return `saga/${name}/${key}/${step}`
}
