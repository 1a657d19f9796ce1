import { type Chances, createChances } from './chance.ts'
import type { WorldCase } from './world-result.ts'

/** The three sorts of chance that make a world: each can come from a seed of its own. */
export interface CaseChances {
  /** Shape, order and delays. */
  readonly schedule: Chances
  /** What clients do, and when. */
  readonly load: Chances
  readonly faults: Chances
}

export function chancesOf({ seed, loadSeed, faultSeed }: WorldCase): CaseChances {
  const schedule = createChances(seed)
  const of = (own: number | undefined): Chances =>
    own === undefined ? schedule : createChances(own)
  return { schedule, load: of(loadSeed), faults: of(faultSeed) }
}
