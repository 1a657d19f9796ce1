import type { Happening } from '../world/story.ts'

/** What is left of a story, and how much is left out before each of it. */
export interface Folded {
  readonly happening: Happening
  /** Happenings between the one before and this one that are not shown. */
  readonly leftOut: number
}

/**
 * Folds a story to what leads to its end: all faults, deaths and violations, and the last `linesMax` of everything.
 * Of very many faults, the last `linesMax` are shown.
 */
export function foldStory(happenings: readonly Happening[], linesMax: number): readonly Folded[] {
  const last = happenings.length - linesMax
  const marks = happenings.filter(isMark).slice(-linesMax)
  const kept = new Set(marks)
  const folded: Folded[] = []
  let leftOut = 0
  for (const [index, happening] of happenings.entries()) {
    if (index >= last || kept.has(happening)) {
      folded.push({ happening, leftOut })
      leftOut = 0
    } else leftOut += 1
  }
  return folded
}

function isMark({ kind, text }: Happening): boolean {
  return kind === 'fault' || kind === 'violation' || (kind === 'process' && text !== 'runs')
}
