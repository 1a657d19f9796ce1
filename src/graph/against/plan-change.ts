/** What a changed plan means for the instances that run, from the least to the most. */
export const verdicts = ['unaffected', 'compatible', 'needs a mapping', 'impossible'] as const

export type Verdict = (typeof verdicts)[number]

/** One thing that is different, as a sentence. */
export interface PlanChange {
  readonly verdict: Exclude<Verdict, 'unaffected'>
  readonly says: string
}

export function compatible(says: string): PlanChange {
  return { verdict: 'compatible', says }
}

export function needsMapping(says: string): PlanChange {
  return { verdict: 'needs a mapping', says }
}

export function impossible(says: string): PlanChange {
  return { verdict: 'impossible', says }
}

/** The worst of all; unaffected when there is none. */
export function worstOf(changes: readonly PlanChange[]): Verdict {
  const worst = Math.max(0, ...changes.map(({ verdict }) => verdicts.indexOf(verdict)))
  return verdicts[worst] ?? 'unaffected'
}
