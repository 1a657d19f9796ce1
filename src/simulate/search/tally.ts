// What many worlds were like, as plain data: the tallies of the parts of a batch add up to the tally of the batch, in
// whatever order they come.
import type { Violation } from '../invariants/judge.ts'
import type { WorldCase, WorldResult } from '../world/world-result.ts'
import { isBefore } from './world-case.ts'

export type Counts = Readonly<Record<string, number>>

/** An invariant that did not hold, with the first world that showed it. */
export interface FoundViolation extends Violation {
  readonly world: WorldCase
  /** How many worlds showed it. */
  readonly worlds: number
}

/** A world that was not the same when it was run again. */
export interface UnsteadyWorld {
  readonly world: WorldCase
  readonly hashes: readonly [first: string, again: string]
}

const sums = ['steps', 'commits', 'messages', 'entries', 'lastedMs'] as const
type Sum = (typeof sums)[number]

export interface BatchTally extends Readonly<Record<Sum, number>> {
  readonly worlds: number
  /** How many of them were run twice. */
  readonly repeated: number
  readonly atRest: number
  readonly violated: number
  /** Worlds that were given faults, and those in which any has struck. */
  readonly faulted: number
  readonly hit: number
  readonly operations: WorldResult['operations']
  /** Faults that have struck, by kind. */
  readonly struck: Counts
  /** Worlds that reached each `sometimes`. */
  readonly reached: Counts
  /** Worlds that reached each mark. */
  readonly marks: Counts
  readonly violations: readonly FoundViolation[]
  readonly unsteady: readonly UnsteadyWorld[]
}

const none = { ok: 0, rejected: 0, failed: 0, unknown: 0 } as const

/** The tally of no worlds. */
export const emptyTally: BatchTally = Object.freeze({
  worlds: 0,
  repeated: 0,
  atRest: 0,
  violated: 0,
  faulted: 0,
  hit: 0,
  steps: 0,
  commits: 0,
  messages: 0,
  entries: 0,
  lastedMs: 0,
  operations: none,
  struck: {},
  reached: {},
  marks: {},
  violations: [],
  unsteady: [],
})

/** The tally of one world; `again` is the hash of its second run, where there was one. */
export function tallyOf(result: WorldResult, again?: string): BatchTally {
  const { world, end, hash, violations, struck, operations, strengths } = result
  return {
    worlds: 1,
    repeated: again === undefined ? 0 : 1,
    atRest: end === 'rest' ? 1 : 0,
    violated: end === 'violated' ? 1 : 0,
    faulted: Object.keys(strengths).length > 0 ? 1 : 0,
    hit: struck.length > 0 ? 1 : 0,
    steps: result.steps,
    commits: result.commits,
    messages: result.messages,
    entries: result.entries,
    lastedMs: result.lastedMs,
    operations,
    struck: countEach(struck.map(({ kind }) => kind)),
    reached: countEach(result.reached),
    marks: countEach(result.marks),
    violations: firstOfEach(violations.map((each) => ({ ...each, world, worlds: 1 }))),
    unsteady: again === undefined || again === hash ? [] : [{ world, hashes: [hash, again] }],
  }
}

/** The tally of both. */
export function addTallies(one: BatchTally, other: BatchTally): BatchTally {
  const plain = ['worlds', 'repeated', 'atRest', 'violated', 'faulted', 'hit', ...sums] as const
  const added = Object.fromEntries(plain.map((name) => [name, one[name] + other[name]]))
  return {
    // Why the cast: these are all the fields that are numbers.
    ...(added as Record<(typeof plain)[number], number>),
    operations: addCounts(one.operations, other.operations),
    struck: addCounts(one.struck, other.struck),
    reached: addCounts(one.reached, other.reached),
    marks: addCounts(one.marks, other.marks),
    violations: joinViolations([...one.violations, ...other.violations]),
    unsteady: [...one.unsteady, ...other.unsteady],
  }
}

export function addCounts<C extends Counts>(one: C, other: C): C
export function addCounts(one: Counts, other: Counts): Counts {
  const sum = { ...one }
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count
  return sum
}

function countEach(names: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** One world may break an invariant several times: the first time tells most. */
function firstOfEach(violations: readonly FoundViolation[]): readonly FoundViolation[] {
  const first = new Map<string, FoundViolation>()
  for (const each of violations) if (!first.has(each.invariant)) first.set(each.invariant, each)
  return [...first.values()]
}

function joinViolations(violations: readonly FoundViolation[]): readonly FoundViolation[] {
  const joined = new Map<string, FoundViolation>()
  for (const each of violations) {
    const known = joined.get(each.invariant)
    const first = known && isBefore(known.world, each.world) ? known : each
    joined.set(each.invariant, { ...first, worlds: each.worlds + (known?.worlds ?? 0) })
  }
  return [...joined.values()]
}
