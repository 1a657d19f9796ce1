// Who takes care of what, as all replicas of a service see it: plain data, and what one of them makes of it. Each keeps
// to the same rule, so that they come to equal shares without talking to each other.

/** Replicas, and the number of the last sign of life of each. */
export type Replicas = Readonly<Record<string, number>>

/** Names of work, and which replica holds each. What a replica holds that is not there any more is free. */
export type Holders = Readonly<Record<string, string>>

export interface LeaseTable {
  readonly replicas: Replicas
  readonly holders: Holders
}

export interface Share {
  /** Free work that the replica should take. */
  readonly claims: readonly string[]
  /** Work that it should hand over, so that others get theirs. */
  readonly surplus: readonly string[]
}

/**
 * What a replica should take and hand over, of the work that it knows.
 *
 * Shares differ by one at most. Of as many replicas as there are leases of one log, each gets one; more get nothing.
 */
export function shareOf(table: LeaseTable, me: string, work: readonly string[]): Share {
  const held = heldBy(table)
  const names = new Set([...work, ...[...held.values()].flat()])
  const mine = held.get(me) ?? []
  const target = targetOf(held, me, names.size)
  const free = work.filter((name) => !Object.hasOwn(table.replicas, table.holders[name] ?? ''))
  if (mine.length > target) return { claims: [], surplus: mostAlike(mine, mine.length - target) }
  return { claims: leastAlike(free, mine, target - mine.length), surplus: [] }
}

/** What each live replica holds. */
function heldBy({ replicas, holders }: LeaseTable): ReadonlyMap<string, readonly string[]> {
  const held = new Map<string, string[]>(Object.keys(replicas).map((replica) => [replica, []]))
  for (const [name, holder] of Object.entries(holders)) held.get(holder)?.push(name)
  return held
}

/** Those that hold most keep one more, where it does not come out even: nothing moves without need. */
function targetOf(
  held: ReadonlyMap<string, readonly string[]>,
  me: string,
  leases: number,
): number {
  const order = [...held].toSorted(
    ([one, ones], [other, others]) => others.length - ones.length || (one < other ? -1 : 1),
  )
  const place = order.findIndex(([replica]) => replica === me)
  const least = Math.floor(leases / held.size)
  return place < leases % held.size ? least + 1 : least
}

/** The reader of a log: partitions of one are to be spread. */
function groupOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'))
}

function leastAlike(
  free: readonly string[],
  mine: readonly string[],
  count: number,
): readonly string[] {
  const picked: string[] = []
  const left = new Set(free)
  while (picked.length < count && left.size > 0) {
    const all = [...mine, ...picked]
    const [next] = [...left].toSorted((one, other) => alike(one, all) - alike(other, all))
    if (next === undefined) break
    picked.push(next)
    left.delete(next)
  }
  return picked
}

function mostAlike(mine: readonly string[], count: number): readonly string[] {
  return mine.toSorted((one, other) => alike(other, mine) - alike(one, mine)).slice(0, count)
}

function alike(name: string, all: readonly string[]): number {
  const group = groupOf(name)
  return all.filter((each) => groupOf(each) === group).length
}
