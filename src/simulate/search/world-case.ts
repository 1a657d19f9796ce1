import type { FaultName } from '../faults/catalogue.ts'
import type { WorldCase } from '../world/world-result.ts'

/** Names a world: `17`, or `17 (load of 4, faults of 9)`. */
export function nameCase({ seed, loadSeed, faultSeed }: WorldCase): string {
  const others = [
    ...(loadSeed === undefined ? [] : [`load of ${loadSeed}`]),
    ...(faultSeed === undefined ? [] : [`faults of ${faultSeed}`]),
  ]
  return others.length === 0 ? String(seed) : `${seed} (${others.join(', ')})`
}

/** Whether a world is told of before another one: plain seeds first. */
export function isBefore(one: WorldCase, other: WorldCase): boolean {
  const isPlain = (world: WorldCase): boolean => Object.keys(world).length === 1
  return isPlain(one) === isPlain(other) ? one.seed < other.seed : isPlain(one)
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
  if (Object.keys(world).length === 1) words.push('--seed', String(world.seed))
  else words.push('--world', quote(JSON.stringify(world)))
  if (faults) words.push('--faults', faults.length === 0 ? 'none' : quote(faults.join(',')))
  return words.join(' ')
}

function quote(word: string): string {
  return /^[\w./@:,=+<>-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

type Check = (value: unknown) => boolean

const isListOf =
  (isItem: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isItem)
const isText: Check = (value) => typeof value === 'string'
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) > 0

const worldFields = {
  seed: Number.isSafeInteger,
  loadSeed: Number.isSafeInteger,
  faultSeed: Number.isSafeInteger,
  actions: isListOf(Number.isSafeInteger),
  faults: isListOf(isText),
  shape: (value) => ['one process', 'processes', 'groups', 'replicas'].includes(String(value)),
  partitions: isCount,
  services: isListOf(isText),
  clients: isCount,
  calm: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  skew: (value) => typeof value === 'boolean',
  operator: (value) => typeof value === 'boolean',
} as const satisfies Record<keyof WorldCase, Check>

/** Whether something is a world, and nothing else: what was read from outside is believed by its type then. */
export function isWorldCase(value: unknown): value is WorldCase {
  if (typeof value !== 'object' || value === null || !('seed' in value)) return false
  const checks = new Map<string, Check>(Object.entries(worldFields))
  return Object.entries(value).every(([name, field]) => checks.get(name)?.(field) === true)
}
