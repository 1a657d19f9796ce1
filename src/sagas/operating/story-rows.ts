// The story of an instance as rows of a sequence: one lifeline for each service, time from top to bottom.
import type { SagaMoment, SagaStory, SagaWait } from './saga-operations.ts'

export type Tone = 'plain' | 'good' | 'bad' | 'undo' | 'pivot' | 'quiet'

export type StoryRow = {
  readonly text: string
  readonly tone: Tone
  /** Since the start; absent when nobody knows. */
  readonly afterMs?: number
} & (
  | {
      readonly kind: 'arrow'
      readonly from: string
      readonly to: string
      readonly isReply: boolean
    }
  | { readonly kind: 'note'; readonly at: string }
  /** Over all lifelines. */
  | { readonly kind: 'band' }
)

export interface StoryRows {
  readonly services: readonly string[]
  readonly rows: readonly StoryRow[]
}

/** Rows of one story, at most: of a longer one the middle is left out. */
export const storyRowsMax = 400

/** Lays a story out, the same way for every picture and for text. */
export function layOutStory(story: SagaStory): StoryRows {
  const rows = story.moments.map((moment) => rowOf(story, moment))
  const waits = story.waits.map((wait) => waitRow(story, wait))
  // What is waited for comes before the end, when an instance was parked meanwhile.
  const end = rows.at(-1)
  const hasEnded = story.state.endedAtMs !== undefined && end !== undefined
  const all = hasEnded ? [...rows.slice(0, -1), ...waits, end] : [...rows, ...waits]
  return { services: servicesOf(story), rows: bounded(all) }
}

/** The step as people name it: `undo room, again`. */
export function nameStep({
  step = '',
  isUndo,
  attempt,
}: Omit<SagaMoment, 'atMs' | 'what' | 'service'>): string {
  const again = attempt === 0 ? '' : attempt === 1 ? ' again' : ` again (${attempt})`
  return `${isUndo ? 'undo ' : ''}${step}${again}`
}

function servicesOf({ by, moments, waits }: SagaStory): readonly string[] {
  const named = moments.flatMap(({ service, to }) => (to === undefined ? [service] : [service, to]))
  return [...new Set([by, ...named, ...waits.map(({ service }) => service)])]
}

function rowOf(story: SagaStory, moment: SagaMoment): StoryRow {
  const { service, what, says = '', type = '' } = moment
  const afterMs = moment.atMs - story.state.startedAtMs
  const name = nameStep(moment)
  switch (what) {
    case 'started':
      return { kind: 'note', at: service, text: 'starts', tone: 'quiet', afterMs }
    case 'sent':
      return sentRow(story, moment, { name, afterMs })
    case 'event':
      return { kind: 'note', at: service, text: type, tone: 'plain', afterMs }
    case 'intervened':
      return { kind: 'band', text: says, tone: 'pivot', afterMs }
    case 'ended':
      return { kind: 'band', text: says, tone: toneOfEnd(story), afterMs }
    default:
      return answerRow(moment, { name, afterMs })
  }
}

interface Told {
  readonly name: string
  readonly afterMs: number
}

function sentRow(story: SagaStory, moment: SagaMoment, { name, afterMs }: Told): StoryRow {
  const { service, to = service, type = '', isUndo, step } = moment
  const forward = step === story.pivot ? 'pivot' : 'plain'
  const tone = isUndo ? 'undo' : forward
  const text = `${name}: ${type}`
  return { kind: 'arrow', from: service, to, isReply: false, text, tone, afterMs }
}

function answerRow(
  { service, to, what, says = '', type = '', isUndo }: SagaMoment,
  { name, afterMs }: Told,
): StoryRow {
  const isDone = what === 'done'
  const tone = isDone ? (isUndo ? 'undo' : 'good') : 'bad'
  const text = isDone ? `${name} done` : `${name} rejected: ${says}`
  if (to === undefined) {
    return { kind: 'note', at: service, text: `${text}: ${type}`, tone, afterMs }
  }
  return { kind: 'arrow', from: service, to, isReply: true, text, tone, afterMs }
}

function waitRow(
  { state }: SagaStory,
  { step, isUndo, type, service, sinceMs }: SagaWait,
): StoryRow {
  const name = nameStep({ step, isUndo, attempt: 0 })
  const text = `no answer yet to ${type} (${name}), sent at ${renderAfter(sinceMs - state.startedAtMs)}`
  return { kind: 'note', at: service, text, tone: 'bad' }
}

function toneOfEnd({ state: { status } }: SagaStory): Tone {
  if (status === 'completed') return 'good'
  return status === 'parked' ? 'bad' : 'undo'
}

function bounded(rows: readonly StoryRow[]): readonly StoryRow[] {
  if (rows.length <= storyRowsMax) return rows
  const half = storyRowsMax / 2
  const left = rows.length - storyRowsMax
  const gap = { kind: 'band', text: `${left} moments are left out`, tone: 'quiet' } as const
  return [...rows.slice(0, half), gap, ...rows.slice(-half)]
}

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** Time since the start: `+0 ms`, `+1.5 s`, `+2.1 h`. */
export function renderAfter(ms: number): string {
  const sign = ms < 0 ? '-' : '+'
  const [unitMs, name] = units.find(([each]) => Math.abs(ms) >= each) ?? [1, 'ms']
  return `${sign}${Math.round((Math.abs(ms) / unitMs) * 10) / 10} ${name}`
}
