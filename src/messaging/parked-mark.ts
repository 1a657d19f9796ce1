// Which keys are parked is kept in memory, and where several processes write to one store, others park and take up as
// well. There each partition of a followed log has a mark: whoever parks or takes up moves it in the same commit, and who
// rests on what it knows of parked keys checks it. So nobody parks behind what is gone, or passes what is parked.
import type { ParkedMessage } from '../log/store.port.ts'
import type { DocumentChange, Draft } from '../runtime/draft.ts'

/** The consumer of one partition of a log. */
export type MarkPlace = Pick<ParkedMessage, 'consumer' | 'source' | 'partition'>

const marksView = '$parked'

/** How often the mark of a place was moved; the draft rests on it. Undefined where nobody else writes. */
export function readMark(draft: Draft, place: MarkPlace): number | undefined {
  return draft.isShared ? countOf(changeOf(draft, place)) : undefined
}

/** Notes that something is parked or taken up. */
export function moveMark(draft: Draft, place: MarkPlace): void {
  if (!draft.isShared) return
  const change = changeOf(draft, place)
  if (change) draft.write(change, countOf(change) + 1)
}

/** Parks a message in a draft. */
export function parkInto(draft: Draft, parked: ParkedMessage): void {
  draft.park.push(parked)
  moveMark(draft, parked)
}

/** Takes a parked message up in a draft. */
export function unparkInto(draft: Draft, parked: MarkPlace & Pick<ParkedMessage, 'id'>): void {
  draft.unpark.push(parked.id)
  moveMark(draft, parked)
}

function changeOf(
  draft: Draft,
  { consumer, source, partition }: MarkPlace,
): DocumentChange | undefined {
  return draft.documents(marksView, [`${consumer}/${source}/${partition}`])[0]
}

function countOf(change: DocumentChange | undefined): number {
  // Why the guard: documents are JSON, and this file writes numbers only.
  return typeof change?.value === 'number' ? change.value : 0
}
