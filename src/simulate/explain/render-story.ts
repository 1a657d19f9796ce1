import type { WorldResult } from '../world/world-result.ts'
import { type Folded, foldStory } from './fold.ts'
import { count, describeHappening, describeShape, nameWorld, seconds, summaryOf } from './words.ts'

export interface StoryOptions {
  /** Name of the scenario. */
  readonly scenario: string
  /** A world that was told. */
  readonly result: WorldResult
  /** How to run it again: a command, or code. */
  readonly replay?: string | undefined
  /** Lines of the end that are shown; 80 without it. All faults are shown besides. */
  readonly linesMax?: number
}

const linesDefault = 80

/** Tells a world step by step: who called whom, what was committed and sent, what failed, and what was wrong at last. */
export function renderStory(options: StoryOptions): string {
  const { result, replay, linesMax = linesDefault } = options
  const folded = foldStory(result.happenings, linesMax)
  const lines = [
    ...headOf(options),
    '',
    `${'step'.padStart(6)}  ${'time'.padStart(11)}`,
    ...folded.flatMap(linesOf),
    ...endOf(result),
  ]
  if (replay !== undefined)
    lines.push('', 'Run it again:', ...replay.split('\n').map((line) => `  ${line}`))
  return `${lines.join('\n')}\n`
}

function headOf({ scenario, result }: StoryOptions): readonly string[] {
  const { world, violations, struck } = result
  const kinds = [...new Set(struck.map(({ kind }) => kind))]
  return [
    `Scenario "${scenario}", ${nameWorld(world)}: ${
      violations.length === 0 ? 'nothing is violated' : 'an invariant does not hold'
    }.`,
    ...violations.map(({ invariant, text }) => `  ${invariant}: ${text}`),
    '',
    describeShape(result),
    struck.length === 0 ? 'Nothing fails.' : `${count(struck.length, 'fault')}:`,
    ...kinds.map((kind) => `  ${kind}: ${summaryOf(kind)}`),
  ]
}

function linesOf({ happening, leftOut }: Folded): readonly string[] {
  const { step, atMs, kind } = happening
  const mark = kind === 'fault' || kind === 'violation' ? '!' : ' '
  const line = `${String(step).padStart(6)}  ${seconds(atMs).padStart(11)} ${mark} ${describeHappening(happening)}`
  return leftOut === 0
    ? [line]
    : [`${' '.repeat(21)}  ... ${count(leftOut, 'line')} left out`, line]
}

function endOf({ end, steps }: WorldResult): readonly string[] {
  if (end === 'violated') return []
  return ['', end === 'stopped' ? `Stopped after step ${steps}.` : 'Nothing is left to do.']
}
