import { DureError, messageOf } from '../language/errors.ts'
import { namesElsewhere, type System } from '../language/system.ts'
import type { Scenario } from './scenario.ts'

/**
 * Gives the system of a scenario: a new one where the scenario says how it is made.
 *
 * @throws `SIMULATE_SYSTEM_INVALID` when it cannot be made, or is none; the message says where.
 */
export function makeSystem({ name, system }: Scenario, seed?: number): System {
  return makeOne('system', { name, system }, seed)
}

/** Gives the system that is run before it; undefined when the scenario has none. @throws `SIMULATE_SYSTEM_INVALID`. */
export function makeFormerSystem(
  { name, upgradesFrom }: Scenario,
  seed?: number,
): System | undefined {
  return upgradesFrom && makeOne('upgradesFrom', { name, system: upgradesFrom }, seed)
}

function makeOne(
  field: 'system' | 'upgradesFrom',
  { name, system }: Pick<Scenario, 'name' | 'system'>,
  seed?: number,
): System {
  const where = seed === undefined ? '' : ` for seed ${seed}`
  const details = { scenario: name, ...(seed !== undefined && { seed }) }
  let made: unknown
  try {
    made = typeof system === 'function' ? system() : system
  } catch (error) {
    const place = placeOf(error)
    throw new DureError(
      'SIMULATE_SYSTEM_INVALID',
      `"${field}" of scenario "${name}" throws${where}: ${messageOf(error)}${place === undefined ? '' : ` (${place})`}. Mend what it is made of; nothing was run.`,
      { cause: error, details },
    )
  }
  if (isSystem(made)) return withoutStrangers(made, { name, details })
  throw new DureError(
    'SIMULATE_SYSTEM_INVALID',
    `"${field}" of scenario "${name}" gives no system${where}. Give what system('name', { services: [...] }) gives, or a function that gives it.`,
    { details },
  )
}

interface Made {
  readonly name: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Nobody knows what a service does in a world that is not written with Dure. */
function withoutStrangers(made: System, { name, details }: Made): System {
  const [first] = namesElsewhere(made)
  if (first === undefined) return made
  throw new DureError(
    'SIMULATE_SYSTEM_INVALID',
    `Service "${first}" of scenario "${name}" is not written with Dure, and cannot be simulated. Give a system with a service of that contract in its place.`,
    { details },
  )
}

function isSystem(value: unknown): value is System {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'system'
}

/** Dure itself: no place that its user would look at. */
const house = new URL('../', import.meta.url).pathname

/** Where something was thrown: `file:line:column` of the first place in a file that is not Dure's. */
function placeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined
  const places = (thrown.stack ?? '').matchAll(
    /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/])[^\s()]+:\d+:\d+)/g,
  )
  for (const [, place = ''] of places) if (!place.startsWith(house)) return place
  return undefined
}
