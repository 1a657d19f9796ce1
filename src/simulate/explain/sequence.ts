// A story as a sequence diagram, before it is drawn: who takes part, and what is drawn below what.
import { episodeFaults, pointFaults } from '../faults/catalogue.ts'
import type { ProcessShape } from '../world/shape.ts'
import type { Happening } from '../world/story.ts'
import type { WorldResult } from '../world/world-result.ts'
import { foldStory } from './fold.ts'
import { countRepeats, count, isCalm, isUnheard, lastsOf, unheard } from './words.ts'

/** Somebody who takes part. */
export interface Lifeline {
  readonly kind: 'client' | 'process' | 'broker'
  readonly name: string
  /** The services of a process. */
  readonly services: readonly string[]
}

/** One thing that is drawn. `at`, `from` and `to` are places in the list of lifelines. */
export type Row =
  | {
      readonly kind: 'arrow'
      readonly arrow: 'call' | 'answer' | 'message'
      readonly from: number
      readonly to: number
    }
  | {
      readonly kind: 'note'
      readonly note: 'commit' | 'report' | 'unheard' | 'message'
      readonly at: number
    }
  | { readonly kind: 'death' | 'birth'; readonly at: number }
  /** No place: it concerns all. */
  | { readonly kind: 'fault'; readonly at: readonly number[] }
  | { readonly kind: 'calm' | 'left out' | 'violation' }

export type SequenceRow = Row & {
  readonly text: string
  readonly step: number
  readonly atMs: number
}

export interface Sequence {
  readonly lifelines: readonly Lifeline[]
  readonly rows: readonly SequenceRow[]
}

const rowsDefault = 60

/** Lays out a world that was told. Of a long story the last `rowsMax` happenings are shown, and all faults. */
export function layOutSequence(result: WorldResult, rowsMax: number = rowsDefault): Sequence {
  const folded = foldStory(result.happenings.filter(isDrawn), rowsMax)
  const lifelines = lifelinesOf(
    result,
    folded.map(({ happening }) => happening),
  )
  const finder = createFinder(lifelines)
  const callees = calleesOf(result.happenings)
  const rows = folded.flatMap(({ happening, leftOut }): readonly SequenceRow[] => {
    const { step, atMs } = happening
    const row = rowOf(happening, { ...finder, callee: callees.get(happening) })
    const gap: SequenceRow = {
      kind: 'left out',
      text: `${count(leftOut, 'step')} left out`,
      step,
      atMs,
    }
    return [...(leftOut > 0 ? [gap] : []), ...(row ? [{ ...row, step, atMs }] : [])]
  })
  return { lifelines, rows }
}

/** All processes run at the beginning: only those who come back are worth a sign. */
function isDrawn({ kind, text }: Happening): boolean {
  return kind !== 'process' || text !== 'runs'
}

function lifelinesOf({ shape }: WorldResult, shown: readonly Happening[]): readonly Lifeline[] {
  const isCall = (kind: Happening['kind']): boolean => kind === 'call' || kind === 'answer'
  const callers = shown
    .filter(({ kind }) => isCall(kind))
    .map(({ kind, from, to = '' }) => (kind === 'call' ? from : to))
  const clients = [...new Set(callers)].map((name) => lifeline('client', name))
  const processes = shape.processes.map(({ name, services }) => lifeline('process', name, services))
  const hasMessages = shown.some(
    ({ kind, text }) => kind === 'message' || groupOf(text) === 'broker',
  )
  const broker = shape.hasBroker && hasMessages ? [lifeline('broker', 'broker')] : []
  return [...clients, ...processes, ...broker]
}

function lifeline(
  kind: Lifeline['kind'],
  name: string,
  services: ProcessShape['services'] = [],
): Lifeline {
  return { kind, name, services }
}

/** Which process took a call is known when it answers. */
function calleesOf(happenings: readonly Happening[]): ReadonlyMap<Happening, string> {
  const callees = new Map<Happening, string>()
  const waiting = new Map<string, Happening>()
  for (const happening of happenings) {
    const { kind, from, to = '', text } = happening
    if (kind === 'call') waiting.set(`${from} ${text}`, happening)
    if (kind !== 'answer') continue
    const call = waiting.get(`${to} ${text.slice(0, text.lastIndexOf(': '))}`)
    if (call) callees.set(call, from)
  }
  return callees
}

interface Finder {
  /** The lifeline of a process, a service or a client. */
  readonly find: (name: string) => number
  readonly faultPlaces: (happening: Happening) => readonly number[]
}

function createFinder(lifelines: readonly Lifeline[]): Finder {
  const find = (name: string): number => {
    const own = lifelines.findIndex((each) => each.name === name)
    return own >= 0 ? own : lifelines.findIndex(({ services }) => services.includes(name))
  }
  const faultPlaces: Finder['faultPlaces'] = ({ from, text }) => {
    if (groupOf(text) === 'broker') return [find('broker')].filter(isFound)
    const client = /^(?:client \d+|operator)\b/.exec(from)?.[0]
    const words = from.slice(client?.length ?? 0).split(' ')
    const named = words
      .map((word) => lifelines.findIndex(({ name }) => name === word))
      .find(isFound)
    const owner = words.map((word) => find(word.split('/')[0] ?? '')).find(isFound)
    return [client === undefined ? undefined : find(client), named ?? owner].filter(isFound)
  }
  return { find, faultPlaces }
}

function isFound(place: number | undefined): place is number {
  return place !== undefined && place >= 0
}

const groups: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...pointFaults, ...episodeFaults }).map(([kind, { group }]) => [kind, group]),
)

function groupOf(fault: string): string | undefined {
  return groups[fault]
}

type Drawn = Row & { readonly text: string }
type Place = Finder & { readonly callee: string | undefined }

function rowOf(happening: Happening, place: Place): Drawn | undefined {
  const row = makers[happening.kind](happening, place)
  const places = placesIn(row)
  return places.every(isFound) ? row : undefined
}

function placesIn(row: Drawn): readonly number[] {
  if (row.kind === 'arrow') return [row.from, row.to]
  return 'at' in row && typeof row.at === 'number' ? [row.at] : []
}

const makers: Readonly<Record<Happening['kind'], (happening: Happening, place: Place) => Drawn>> = {
  call: ({ from, to = '', text }, { find, callee = to }) => ({
    kind: 'arrow',
    arrow: 'call',
    from: find(from),
    to: find(callee),
    text,
  }),
  answer: ({ from, to = '', text }, { find }) =>
    isUnheard(text)
      ? { kind: 'note', note: 'unheard', at: find(to), text: unheard(text) }
      : { kind: 'arrow', arrow: 'answer', from: find(from), to: find(to), text },
  commit: ({ from, text }, { find }) => ({
    kind: 'note',
    note: 'commit',
    at: find(from),
    text: countRepeats(text),
  }),
  message: ({ from, to = '', text, detail = '' }, { find }) =>
    from === to
      ? { kind: 'note', note: 'message', at: find(to), text: `${detail} is given ${text}` }
      : { kind: 'arrow', arrow: 'message', from: find(from), to: find(to), text },
  process: ({ from, text }, { find }) => ({
    kind: text.startsWith('dies') ? 'death' : 'birth',
    at: find(from),
    text,
  }),
  fault: drawnFault,
  report: ({ from, text }, { find }) => ({ kind: 'note', note: 'report', at: find(from), text }),
  violation: ({ text }) => ({ kind: 'violation', text }),
}

function drawnFault(happening: Happening, { faultPlaces }: Place): Drawn {
  const { text, from } = happening
  if (isCalm(happening)) return { kind: 'calm', text }
  const at = faultPlaces(happening)
  const where = at.length === 0 ? ` at ${from}` : ''
  return { kind: 'fault', at, text: `${text}${where}${lastsOf(happening)}` }
}

/** The whole in one sentence, for readers who do not see it. */
export function describeSequence({ lifelines, rows }: Sequence): string {
  const faults = rows.filter(({ kind }) => kind === 'fault').map(({ text }) => text)
  const violations = rows.filter(({ kind }) => kind === 'violation').map(({ text }) => text)
  const names = lifelines.map(({ name }) => name).join(', ')
  const failed =
    faults.length === 0
      ? 'Nothing fails.'
      : `${count(faults.length, 'fault')}: ${faults.join(', ')}.`
  return `What passes between ${names}, in its order. ${failed} ${violations.join(' ')}`.trim()
}
