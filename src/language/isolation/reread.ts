// Reread: what a saga has seen of an instance is compared with the instance when it is used.
// Source: Frank and Zahle, "Semantic ACID properties in multidatabases" (reread value).
import type { AnyContract, CommandsOf } from '../contract.ts'
import { definitionError } from '../errors.ts'
import type { OutputOf } from '../schema.ts'
import type { Problem } from '../saga/saga-steps.ts'
import type { Declaring } from './locks.ts'

/** The rejection of a command that rests on a version which is not the present one. */
export const changedRejection = 'Changed'

/** What the rejection `Changed` says. */
export interface ChangedData {
  /** The version that the command rests on. */
  readonly seen: number
  /** The version that the instance has. */
  readonly now: number
}

/** For each command, the version of its instance that it rests on. `undefined`: it rests on none. */
export type RereadSpec<C> = {
  readonly [N in keyof CommandsOf<C> & string]?: N extends Declaring<
    C,
    typeof changedRejection,
    ChangedData
  >
    ? (
        command: CommandsOf<C>[N] extends { readonly input: infer S } ? OutputOf<S> : never,
      ) => number | undefined
    : Problem<'A command that rests on a version must declare the rejection "Changed" in its contract, for the data { seen: number, now: number }.'>
}

/** By the full names of commands. */
export type Reread = Readonly<Record<string, (command: unknown) => number | undefined>>

/** Makes what an aggregate compares before it decides. @throws `LANGUAGE_DEFINITION_INVALID`. */
export function assertReread(contract: AnyContract, reread: Reread): Reread {
  for (const type of Object.keys(reread)) {
    const spec = contract.$spec.commands?.[type.slice(contract.$name.length + 1)]
    if (spec?.rejects && Object.hasOwn(spec.rejects, changedRejection)) continue
    throw definitionError(
      `reread compares what ${type} has seen, and the command does not declare the rejection "${changedRejection}". Add it to the contract.`,
    )
  }
  return reread
}
