import type { SagaMoment } from './saga-operations.ts'

/** A moment with what tells its place among the others. */
export interface Placed {
  readonly moment: SagaMoment
  /** Id of the command that it is about. */
  readonly id: string
  /** Id of the message that led to it. */
  readonly cause: string
  readonly position: number
}

interface Rank {
  readonly atMs: number
  readonly depth: number
}

/** What happens upon a command, in this order. */
const partsOfCommand = { sent: 0, event: 1, done: 2, rejected: 2 } as const

/**
 * Orders moments of several logs: what led to something comes before it, and else the earlier comes first.
 *
 * Clocks of services differ, so time alone would put an answer before its question.
 */
export function orderByCause(placed: readonly Placed[]): readonly Placed[] {
  const sent = new Map<string, Placed>()
  const replies = new Map<string, Placed>()
  for (const each of placed) {
    if (each.moment.what === 'sent') sent.set(each.id, each)
    if (each.moment.what === 'done' || each.moment.what === 'rejected')
      replies.set(`${each.id}/reply`, each)
  }
  const ranks = new Map<Placed, Rank>()
  const rankOf = (each: Placed, depthMax: number): Rank => {
    const known = ranks.get(each)
    if (known) return known
    const { before, isPassed } = causeOf(each, sent, replies)
    // No chain is longer than there are moments, unless a log is damaged.
    const cause = before && depthMax > 0 ? rankOf(before, depthMax - 1) : noCause
    const part = partsOfCommand[each.moment.what as keyof typeof partsOfCommand]
    // What passes a saga on comes after the events of its command.
    const depth = cause.depth + 1 + part + (isPassed ? partsOfCommand.done : 0)
    const rank = { atMs: Math.max(each.moment.atMs, cause.atMs), depth }
    ranks.set(each, rank)
    return rank
  }
  // Chains are walked from their beginnings, so that no walk is deep.
  const roots = placed.toSorted((one, other) => one.moment.atMs - other.moment.atMs)
  for (const each of roots) rankOf(each, placed.length)
  return placed.toSorted((one, other) => compare(one, other, ranks))
}

const noCause: Rank = { atMs: 0, depth: 0 }

/** A command is caused by an answer, or by the command with which the saga was passed on; all else by its command. */
function causeOf(
  { moment, id, cause }: Placed,
  sent: ReadonlyMap<string, Placed>,
  replies: ReadonlyMap<string, Placed>,
): { readonly before: Placed | undefined; readonly isPassed: boolean } {
  const question = moment.what === 'sent' ? undefined : sent.get(id)
  const direct = question ?? replies.get(cause)
  const before = direct ?? sent.get(cause)
  return { before, isPassed: before !== direct }
}

function compare(one: Placed, other: Placed, ranks: ReadonlyMap<Placed, Rank>): number {
  const [a, b] = [ranks.get(one), ranks.get(other)]
  if (!a || !b) return 0
  return a.atMs - b.atMs || a.depth - b.depth || one.position - other.position
}
