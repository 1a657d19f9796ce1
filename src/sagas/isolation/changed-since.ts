import type { Aggregate } from '../../language/aggregate.ts'
import { changedRejection } from '../../language/isolation/reread.ts'
import type { Outcome } from '../../language/message.ts'

/** The answer to a command that rests on another version of its instance than the present one. */
export function changedSince(
  { reread }: Aggregate,
  now: number,
  { type, data }: { readonly type: string; readonly data: unknown },
): Outcome | undefined {
  const seen = reread[type]?.(data)
  if (seen === undefined || seen === now) return undefined
  return { ok: false, rejected: changedRejection, data: { seen, now } }
}
