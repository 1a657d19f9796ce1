import type { FaultInstance, FaultPlan } from '../faults/plan.ts'
import type { Operation } from '../invariants/facts.ts'
import type { JudgeMaker, Violation } from '../invariants/judge.ts'
import type { Scenario } from '../scenario.ts'
import type { Ledger } from './ledger.ts'
import type { Sabotage } from './process.ts'
import type { Happening } from './story.ts'
import type { WorldShape } from './shape.ts'

/** What exactly is run: a seed, and what was taken away from it. */
export interface WorldCase {
  readonly seed: number
  /** Takes what clients do from this seed instead. */
  readonly loadSeed?: number
  /** Takes the faults from this seed instead. */
  readonly faultSeed?: number
  /** Which actions are done, by number: all without it. */
  readonly actions?: readonly number[]
  /** Which faults strike, by id: all that the seed draws without it. */
  readonly faults?: readonly string[]
  /** How the system is cut into processes: as the seed draws it without it. */
  readonly shape?: WorldShape['name']
  /** Partitions of each log: as the seed draws it without it. */
  readonly partitions?: number
  /** Which services run: all without it. Nobody answers for the others. */
  readonly services?: readonly string[]
  /** How many clients act at the same time, at most. */
  readonly clients?: number
  /** How much of each delay and outage is left, between 0 and 1: all of it without it. */
  readonly calm?: number
  /** Whether the clocks of processes differ where the seed says so: `true` without it. */
  readonly skew?: boolean
  /** Whether somebody looks after the system while it runs: `true` without it. */
  readonly operator?: boolean
}

/** What a world is run with. */
export interface WorldOptions {
  readonly scenario: Scenario
  readonly world: WorldCase
  /** Resolves when every promise that is ready has run. */
  readonly settle: () => Promise<void>
  readonly judges: readonly JudgeMaker[]
  /** Whether the story is kept. */
  readonly isTold?: boolean
  /** Stops after this step. */
  readonly untilStep?: number
  readonly sabotage?: Sabotage
  /** Told of each occasion at which a fault could strike, by the id that it would have. */
  readonly onOccasion?: (id: string) => void
  /** Finds code that reaches past its ports: such a use is a violation, whatever that code makes of the error. */
  readonly trap?: Trap | undefined
}

/** What finds code that reaches past its ports, for as long as it is watched. */
export interface Trap {
  watch(onUse: (error: Error) => void): Disposable
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
  /** Messages that consumers have taken account of. */
  readonly messages: number
  /** What was reached, as texts that other worlds can have too. */
  readonly marks: readonly string[]
  readonly happenings: readonly Happening[]
}

/** How many calls of the clients ended how. */
export function countOperations(history: readonly Operation[]): WorldResult['operations'] {
  const counts = { ok: 0, rejected: 0, failed: 0, unknown: 0 }
  for (const { result } of history) if (result) counts[result] += 1
  return counts
}

/** How many entries all logs have. */
export function countEntries({ services }: Ledger): number {
  let count = 0
  for (const { logs } of services.values()) {
    for (const log of logs) count += log.length
  }
  return count
}
