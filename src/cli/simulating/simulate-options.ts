import { InvalidArgumentError } from 'commander'
import { DureError } from '../../language/errors.ts'
import { episodeFaults, pointFaults } from '../../simulate/faults/catalogue.ts'
import { type FaultName, faultNames, type WorldCase } from '../../simulate/index.ts'
import { isWorldCase } from '../../simulate/search/world-case.ts'
import { workersMax } from './search.ts'

/** What can be said behind `dure simulate`. */
export interface SimulateFlags {
  readonly scenario?: string
  readonly seeds?: number
  readonly from?: number
  readonly time?: number
  readonly seed?: number
  readonly world?: WorldCase
  readonly until?: number
  readonly faults?: readonly FaultName[]
  readonly workers: number
  readonly corpus?: string
  readonly coverage?: boolean
  readonly shrink: boolean
  readonly svg?: string
  readonly mermaid?: string
  readonly regression?: string
  readonly json?: boolean
}

/** The world that shall be run again, where one was named. */
export function replayedWorld({ seed, world, until }: SimulateFlags): WorldCase | undefined {
  const replayed = world ?? (seed === undefined ? undefined : { seed })
  if (replayed || until === undefined) return replayed
  throw new DureError('CLI_USAGE', '"--until" stops one world: name it with --seed or --world.')
}

export function parseWhole(text: string): number {
  const value = Number(text)
  if (/^\d{1,15}$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('Write a whole number above 0.')
}

export function parseWorkers(text: string): number {
  const value = parseWhole(text)
  if (value <= workersMax) return value
  throw new InvalidArgumentError(`Write a number up to ${workersMax}.`)
}

const groups = new Set(
  Object.values({ ...pointFaults, ...episodeFaults }).map(({ group }) => group),
)

/** Reads a list of faults and groups of faults; `none` for no fault at all. */
export function parseFaults(text: string): readonly FaultName[] {
  if (text === 'none') return []
  return [...new Set(text.split(',').flatMap((name) => faultsNamed(name.trim())))]
}

function faultsNamed(name: string): readonly FaultName[] {
  const exact = faultNames.filter((fault) => fault === name)
  if (exact.length > 0) return exact
  const all = Object.entries({ ...pointFaults, ...episodeFaults })
  // Why the cast: these are the keys of the two tables.
  const grouped = all.filter(([, { group }]) => group === name).map(([fault]) => fault as FaultName)
  if (grouped.length > 0) return grouped
  throw new InvalidArgumentError(
    `"${name}" is no fault. Write "none", or several of these between commas: ${[...groups].join(', ')} (all of a group), ${faultNames.join(', ')}.`,
  )
}

/** Reads a world, as a report names it. */
export function parseWorld(text: string): WorldCase {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('Write the JSON of a world, as a report gives it.')
  }
  if (isWorldCase(found)) return found
  throw new InvalidArgumentError('Write a world as a report gives it: {"seed":17}.')
}
