// Commutative updates: their events make the same state in every order, so sagas may interleave them.
// Source: Frank and Zahle, "Semantic ACID properties in multidatabases" (commutative updates).
import { definitionError } from '../errors.ts'
import type { Lock, LockPlace } from './locks.ts'

/** Gives the full names of commutative commands. @throws `LANGUAGE_DEFINITION_INVALID`. */
export function assertCommutative(
  { contract, aggregate, decides }: LockPlace,
  locks: readonly Lock[],
  names: readonly string[],
): readonly string[] {
  return names.map((name) => {
    const type = `${contract.$name}.${name}`
    if (!decides.includes(type)) {
      throw definitionError(
        `Aggregate "${aggregate}" marks "${name}" as commutative, and does not decide it. Correct the name.`,
      )
    }
    const lock = locks.find(({ takes, guards }) => [...takes, ...guards].includes(type))
    if (!lock) return type
    throw definitionError(
      `Aggregate "${aggregate}" marks ${type} as commutative, and lock "${lock.name}" holds it up. Choose one: what commutes needs no lock.`,
    )
  })
}
