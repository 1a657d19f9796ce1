// Messages of one key that no saga has sent stay in order: while one of them waits for a lock, the later ones wait
// behind it. The steps of a saga need no such line: none of them rests on another whose answer is not known.
import { assertThat, DureError } from '../../language/errors.ts'
import { type Envelope, sagaOf } from '../../messaging/envelope.ts'
import { sourceOf } from '../../messaging/send.ts'
import type { DocumentChange, Draft } from '../../runtime/draft.ts'
import { callWaiter } from './waiters.ts'

const lineView = '$lock-order'

/** Messages of one key that wait, at most: no further ones are taken until there is room. */
export const keyLineMax = 1_000

/** Whether an earlier message of the key waits. */
export function isBehind(draft: Draft, id: string, envelope: Envelope): boolean {
  if (sagaOf(envelope)) return false
  const [first] = idsIn(changeOf(draft, envelope))
  return first !== undefined && first !== id
}

/** Puts a message at the end of the line of its key. */
export function joinKeyLine(draft: Draft, id: string, envelope: Envelope): void {
  if (sagaOf(envelope)) return
  const change = changeOf(draft, envelope)
  const ids = idsIn(change)
  if (ids.includes(id)) return
  if (ids.length >= keyLineMax) {
    throw new DureError(
      'COMMAND_QUEUE_FULL',
      `${keyLineMax} messages of "${envelope.partitionkey}" wait for a lock already. The next ones are taken when there is room.`,
    )
  }
  draft.write(change, [...ids, id])
}

/** Takes a message out of the line, and lets the next one try. */
export function leaveKeyLine(draft: Draft, id: string, envelope: Envelope): void {
  if (sagaOf(envelope)) return
  const change = changeOf(draft, envelope)
  const ids = idsIn(change)
  if (!ids.includes(id)) return
  const [next, ...others] = ids.filter((each) => each !== id)
  draft.write(change, next === undefined ? undefined : [next, ...others])
  if (next !== undefined && ids[0] === id) callWaiter(draft, { id: next })
}

function idsIn({ value }: DocumentChange): readonly string[] {
  // Why the cast: this file alone writes these documents.
  return (value as readonly string[] | undefined) ?? []
}

function changeOf(draft: Draft, envelope: Envelope): DocumentChange {
  const place = `${sourceOf(envelope)}/${envelope.partitionkey}`
  const [change] = draft.documents(lineView, [place])
  assertThat(change !== undefined, `A draft gave no document for ${place}.`)
  return change
}
