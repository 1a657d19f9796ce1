// How much work waits for the outside world, by the key of the messages that led to it: later commands of the key go
// behind it, also those that need nothing from outside. Kept as documents, so that it changes with what it counts.
import { sourceOf } from './send.ts'
import type { Envelope } from './envelope.ts'
import type { DocumentChange, Draft } from '../runtime/draft.ts'

const workView = '$work'

/** Whether earlier work of the key waits. */
export function isWorkPending(draft: Draft, envelope: Envelope): boolean {
  return countOf(changeOf(draft, envelope)) > 0
}

/** Notes that work was put on the agenda. */
export function addWork(draft: Draft, envelope: Envelope): void {
  const change = changeOf(draft, envelope)
  if (change) draft.write(change, countOf(change) + 1)
}

/** Notes that work was carried out, or parked. Work of a time before there was a count is not counted. */
export function endWork(draft: Draft, envelope: Envelope): void {
  const change = changeOf(draft, envelope)
  const left = countOf(change) - 1
  if (change) draft.write(change, left > 0 ? left : undefined)
}

function changeOf(draft: Draft, envelope: Envelope): DocumentChange | undefined {
  return draft.documents(workView, [`${sourceOf(envelope)}/${envelope.partitionkey}`])[0]
}

function countOf(change: DocumentChange | undefined): number {
  // Why the guard: documents are JSON, and this file writes numbers only.
  return typeof change?.value === 'number' ? change.value : 0
}
