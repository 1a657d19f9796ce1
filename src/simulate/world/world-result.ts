import type { FaultInstance, FaultPlan } from '../faults/plan.ts'
import type { Violation } from '../invariants/judge.ts'
import type { Happening } from './story.ts'
import type { WorldShape } from './shape.ts'

/** What exactly is run: a seed, and what was taken away from it. */
export interface WorldCase {
  readonly seed: number
  /** Which actions are done, by number: all without it. */
  readonly actions?: readonly number[]
  /** Which faults may strike, by id: all that the seed draws without it. */
  readonly faults?: readonly string[]
}

/** What became of a world. */
export interface WorldResult {
  readonly world: WorldCase
  readonly shape: WorldShape
  /** `stopped`: at the step that was asked for. */
  readonly end: 'rest' | 'violated' | 'stopped'
  readonly violations: readonly Violation[]
  /** The same for every run of the same world by the same code. */
  readonly hash: string
  readonly steps: number
  /** How long the world lasted, in its own milliseconds. */
  readonly lastedMs: number
  readonly commits: number
  /** Entries of all logs. */
  readonly entries: number
  readonly operations: Readonly<Record<'ok' | 'rejected' | 'failed' | 'unknown', number>>
  readonly strengths: FaultPlan['strengths']
  readonly struck: readonly FaultInstance[]
  /** What `sometimes` was reached. */
  readonly reached: readonly string[]
  readonly happenings: readonly Happening[]
}
