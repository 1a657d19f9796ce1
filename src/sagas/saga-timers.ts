// The deadlines of sagas, as timers of the service that waits.
import type { Draft } from '../runtime/draft.ts'
import type { SagaAddress } from './coordinator.ts'

/** Sets the deadline of an instance, or of one of its steps: `afterMs` milliseconds from the time of the draft. */
export function setDeadline(draft: Draft, address: SagaAddress, afterMs: number): void {
  const data = JSON.stringify({ kind: 'saga', address })
  draft.setTimers.push({ id: timerOf(address), atMs: draft.atMs + afterMs, data })
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
