// Many worlds, one after the other, in this thread.
import type { JudgeMaker } from '../invariants/judge.ts'
import type { Scenario } from '../scenario.ts'
import type { Sabotage } from '../world/process.ts'
import type { Trap, WorldCase, WorldResult } from '../world/world-result.ts'
import { runWorld } from '../world/world.ts'
import { addTallies, type BatchTally, emptyTally, tallyOf } from './tally.ts'

/** A world, and which one of its batch it is, counted from 0. */
export interface NumberedWorld {
  readonly number: number
  readonly world: WorldCase
}

export interface BatchOptions {
  readonly scenario: Scenario
  /** Asked for the next one when the one before is done. */
  readonly worlds: Iterable<NumberedWorld>
  /** Resolves when every promise that is ready has run. */
  readonly settle: () => Promise<void>
  readonly judges: readonly JudgeMaker[]
  readonly sabotage?: Sabotage
  /** Finds code that reaches past its ports. */
  readonly trap?: Trap
  /** Asked after each world: whether that was the last one. */
  readonly isOver?: () => boolean
  /** Told of each world, with the tally that it is part of. */
  readonly onWorld?: (result: WorldResult, tally: BatchTally) => void
}

/** One world of so many is run twice: the first one of a batch, and then 1 %. */
export const repeatEvery = 100
/** Worlds that break an invariant after which a batch goes on no more. */
export const violatedWorldsMax = 20

/** Runs worlds until there are no more, one of them is not the same twice, or too many have broken an invariant. */
export async function runBatch(options: BatchOptions): Promise<BatchTally> {
  let tally = emptyTally
  for (const { number, world } of options.worlds) {
    const result = await run(options, world)
    const again = number % repeatEvery === 0 ? await run(options, world) : undefined
    tally = addTallies(tally, tallyOf(result, again?.hash))
    options.onWorld?.(result, tally)
    if (isEnough(tally) || options.isOver?.()) break
  }
  return tally
}

/** Whether more worlds would tell nothing more. */
export function isEnough({ unsteady, violated }: BatchTally): boolean {
  return unsteady.length > 0 || violated >= violatedWorldsMax
}

/** The seeds from a first one on. */
export function* seedsFrom(from: number, count: number): Iterable<NumberedWorld> {
  for (let number = 0; number < count; number += 1) yield { number, world: { seed: from + number } }
}

function run(options: BatchOptions, world: WorldCase): Promise<WorldResult> {
  const { scenario, settle, judges, sabotage, trap } = options
  return runWorld({ scenario, world, settle, judges, trap, ...(sabotage && { sabotage }) })
}
