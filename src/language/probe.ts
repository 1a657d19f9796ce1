// Finds out which messages a pure function of a definition makes, by running it on stand-ins a few times.
//
// The function's own text says which values matter: `event.status === 'delivered'`, `case 'paid':`, `!event.active`.
// Each of them gets a run of its own. What is found was really made by the function; what is not found may exist.

import { sourceText } from './source-text.ts'
import { createStandIn, type StandInMood } from './stand-in.ts'

export interface Probe {
  /** The text in which to look for values that matter. */
  readonly source: unknown
  /** Runs the function on made-up data. */
  readonly run: (standIn: unknown) => unknown
}

const runsMax = 60

/** Everything that the runs gave, in order; runs that threw give nothing. */
export function probeFunction({ source, run }: Probe): readonly unknown[] {
  const results: unknown[] = []
  for (const mood of moodsFor(source).slice(0, runsMax)) {
    try {
      results.push(run(createStandIn(mood)))
    } catch {
      // A function may well fail on made-up data: then this run tells nothing.
    }
  }
  return results
}

/** The different full names of the messages of one kind among anything that probing gave. */
export function messageTypes(
  kind: 'command' | 'event' | 'query',
  given: unknown,
): readonly string[] {
  const types = new Set<string>()
  for (const each of flatten(given, 0)) if (isMessage(kind, each)) types.add(each.type)
  return [...types].toSorted()
}

function* flatten(given: unknown, depth: number): Iterable<unknown> {
  if (Array.isArray(given) && depth < 4) for (const each of given) yield* flatten(each, depth + 1)
  else yield given
}

function isMessage(kind: string, value: unknown): value is { readonly type: string } {
  if (typeof value !== 'object' || value === null) return false
  return 'kind' in value && value.kind === kind && 'type' in value && typeof value.type === 'string'
}

function moodsFor(source: unknown): readonly StandInMood[] {
  const full: StandInMood = { count: 1, truth: true, fixed: new Map() }
  const plain: readonly StandInMood[] = [
    full,
    { ...full, truth: false },
    { ...full, count: 0 },
    { ...full, count: 0, truth: false },
  ]
  return [
    ...plain,
    ...valuesThatMatter(source).map((pair) => ({ ...full, fixed: new Map([pair]) })),
  ]
}

const comparison = /\b(\w+)\s*[!=]==?\s*(?:'([^']*)'|"([^"]*)"|([\w.]+))/g
const choice = /switch\s*\([^)]*?(\w+)\s*\)/g
const label = /case\s+(?:'([^']*)'|"([^"]*)"|([\w.]+))\s*:/g
const word = /\b([a-z]\w*)\b(?!\s*\()/g

function valuesThatMatter(source: unknown): readonly (readonly [string, unknown])[] {
  const text = sourceText(source)
  const compared = [...text.matchAll(comparison)].flatMap(([, name = '', ...values]) => {
    const value = literal(values)
    // The other branch too: for `=== true` the run with `false`.
    return typeof value === 'boolean'
      ? [[name, value] as const, [name, !value] as const]
      : [[name, value] as const]
  })
  const chosen = [...text.matchAll(choice)].flatMap(([, name = '']) =>
    [...text.matchAll(label)].map(([, ...values]) => [name, literal(values)] as const),
  )
  const named = new Set([...text.matchAll(word)].map(([, name = '']) => name))
  const absent = [...named].map((name) => [name, undefined] as const)
  return [...compared, ...chosen, ...absent]
}

const words = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
])

function literal([single, double, bare]: readonly (string | undefined)[]): unknown {
  if (bare === undefined) return single ?? double
  return words.has(bare) ? words.get(bare) : Number(bare)
}
