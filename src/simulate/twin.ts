// A world of a system, and the same world of its twin: both have to come to the same end.
import { atEnd, type Scenario, type Twin } from './scenario.ts'
import type { WorldOptions, WorldResult } from './world/world-result.ts'

export const sameEnd = 'comes to the same end as its twin'

/** Differences that are told of one world. */
const differencesTold = 6
/** Characters that are told of each side of one. */
const shownMax = 120

type RunWorld = (options: WorldOptions) => Promise<WorldResult>

interface Ended {
  readonly result: WorldResult
  readonly end: unknown
}

/**
 * Runs a world, in both systems where the scenario has a twin. Where one of them breaks an invariant, that is what
 * became of it.
 */
export async function runTwins(options: WorldOptions, run: RunWorld): Promise<WorldResult> {
  const { scenario } = options
  const { twin } = scenario
  if (!twin) return run(options)
  const one = await runToItsEnd(options, { scenario, end: twin.end }, run)
  if (one.result.end !== 'rest') return one.result
  const inTwin = { ...scenario, system: twin.system }
  const other = await runToItsEnd(options, { scenario: inTwin, end: twin.end }, run)
  const result = joinResults(one.result, other.result)
  if (result.end !== 'rest') return result
  const found = differencesOf(one.end, other.end)
  if (found.length === 0) return result
  const { steps: step, lastedMs: atMs } = other.result
  const violation = { invariant: sameEnd, text: renderDifferences(found), step, atMs }
  return { ...result, end: 'violated', violations: [violation] }
}

async function runToItsEnd(
  options: WorldOptions,
  { scenario, end }: { readonly scenario: Scenario; readonly end: Twin['end'] },
  run: RunWorld,
): Promise<Ended> {
  let seen: unknown
  const seeing = atEnd(sameEnd, (facts) => {
    seen = end(facts)
    return true
  })
  const invariants = [...(scenario.invariants ?? []), seeing]
  const result = await run({ ...options, scenario: { ...scenario, invariants } })
  return { result, end: seen }
}

/** What both have done together; the story is that of the twin. */
function joinResults(one: WorldResult, other: WorldResult): WorldResult {
  const { ok, rejected, failed, unknown } = other.operations
  return {
    ...other,
    violations: other.violations.map((each) => ({ ...each, text: `in its twin: ${each.text}` })),
    hash: one.hash + other.hash,
    steps: one.steps + other.steps,
    lastedMs: one.lastedMs + other.lastedMs,
    commits: one.commits + other.commits,
    entries: one.entries + other.entries,
    messages: one.messages + other.messages,
    operations: {
      ok: one.operations.ok + ok,
      rejected: one.operations.rejected + rejected,
      failed: one.operations.failed + failed,
      unknown: one.operations.unknown + unknown,
    },
    struck: new Map([...one.struck, ...other.struck].map((each) => [each.id, each]))
      .values()
      .toArray(),
    reached: [...new Set([...one.reached, ...other.reached])],
    marks: [...new Set([...one.marks, ...other.marks])],
  }
}

/** A place at which two ends differ; undefined where one of them has nothing. */
interface Difference {
  readonly path: readonly string[]
  readonly one: unknown
  readonly other: unknown
}

function differencesOf(one: unknown, other: unknown, path: readonly string[] = []): Difference[] {
  if (!isNested(one) || !isNested(other) || Array.isArray(one) !== Array.isArray(other)) {
    return one === other ? [] : [{ path, one, other }]
  }
  const [left, right] = [fieldsOf(one), fieldsOf(other)]
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differencesOf(left.get(key), right.get(key), [...path, key]),
  )
}

function fieldsOf(value: object): ReadonlyMap<string, unknown> {
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, field]) => [String(key), field]))
  return new Map(Object.entries(value instanceof Set ? [...value] : value))
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function renderDifferences(found: readonly Difference[]): string {
  const told = found
    .slice(0, differencesTold)
    .map(
      ({ path, one, other }) =>
        `${path.join(' > ')} is ${show(one)}, and ${show(other)} in its twin`,
    )
  const rest = found.length - told.length
  return told.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}...` : text
}
