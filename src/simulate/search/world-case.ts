import type { FaultName } from '../faults/catalogue.ts'
import type { WorldCase } from '../world/world-result.ts'

/** Names a world: `17`. */
export function nameCase({ seed }: WorldCase): string {
  return String(seed)
}

/** Whether a world is told of before another one. */
export function isBefore(one: WorldCase, other: WorldCase): boolean {
  return one.seed < other.seed
}

export interface ReplayRequest {
  readonly scenario: string
  readonly world: WorldCase
  /** The faults that were asked for, where that was not left to the scenario. */
  readonly faults?: readonly FaultName[] | undefined
  /** The file of the scenario, where it is known. */
  readonly file?: string | undefined
}

/** The command that runs a world again. */
export function renderReplay({ scenario, world, faults, file }: ReplayRequest): string {
  const words = ['dure simulate', quote(file ?? '<file>'), '--scenario', quote(scenario)]
  words.push('--seed', nameCase(world))
  if (faults) words.push('--faults', faults.length === 0 ? 'none' : quote(faults.join(',')))
  return words.join(' ')
}

function quote(word: string): string {
  return /^[\w./@:,=+<>-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
