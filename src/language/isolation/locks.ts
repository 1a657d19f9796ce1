// Semantic locks of an aggregate: what the commands of one saga keep others from until the saga frees it.
// Source: Garcia-Molina and Salem, "Sagas"; Frank and Zahle, "Semantic ACID properties in multidatabases" (semantic
// lock); Richardson, "Microservices Patterns", 4.3.
import type { AnyContract, CommandsOf } from '../contract.ts'
import { definitionError } from '../errors.ts'
import type { InputOf, OutputOf, Schema } from '../schema.ts'
import type { Problem } from '../saga/saga-steps.ts'

/** The rejection of a command that meets a lock and may not, or may no longer, wait for it. */
export const lockedRejection = 'Locked'

/** What the rejection `Locked` says. */
export interface LockedData {
  readonly lock: string
  /** Name of the saga that holds the lock, or that comes next. */
  readonly heldBy: string
}

/** Names of commands whose contract declares a rejection that takes this data. */
export type Declaring<C, Name extends string, Data> = {
  [N in keyof CommandsOf<C> & string]: CommandsOf<C>[N] extends {
    readonly rejects: { readonly [R in Name]: infer S extends Schema }
  }
    ? Data extends InputOf<S>
      ? N
      : never
    : never
}[keyof CommandsOf<C> & string]

/** What the compiler says of a command that a lock cannot hold up. */
type NotLockable =
  'A command that a lock can hold up must declare the rejection "Locked" in its contract, for the data { lock: string, heldBy: string }: it answers so when it may not wait, or has waited too long.'

type AnyData<C> = {
  [N in keyof CommandsOf<C>]: CommandsOf<C>[N] extends { readonly input: infer S }
    ? OutputOf<S>
    : never
}[keyof CommandsOf<C>]

interface LockParts<C> {
  /** Commands that take the lock of their instance for the saga that sends them. */
  // Why written out: the compiler prints the names, and the sentence, of a type without a name of its own.
  readonly takes: readonly (
    | Declaring<C, typeof lockedRejection, LockedData>
    | Problem<NotLockable>
  )[]
  /** Commands with which the saga that holds the lock frees it. The undo of a step frees what that step has taken. */
  readonly frees: readonly (keyof CommandsOf<C> & string)[]
  /** Commands that take nothing, and that a lock held by somebody else holds up too. */
  readonly guards?: readonly (
    | Declaring<C, typeof lockedRejection, LockedData>
    | Problem<NotLockable>
  )[]
  /** By value: a command for which this is false neither takes the lock nor meets it. Pure. */
  readonly when?: (command: AnyData<C>) => boolean
}

/** A semantic lock of each instance of an aggregate. */
export type LockSpec<C> = LockParts<C> &
  (
    | {
        /** What becomes of a command that meets the lock: it is answered `Locked` at once. */
        readonly whenHeld: 'reject'
        readonly deadlineMs?: never
      }
    | {
        /**
         * What becomes of a command that meets the lock. `wait`: it is tried again when the lock is free, and a newcomer
         * may come first. `queue`: first come, first served.
         */
        readonly whenHeld: 'wait' | 'queue'
        /** How long it waits at most, in milliseconds: then it is answered `Locked`. */
        readonly deadlineMs: number
      }
  )

/** A lock as the platform sees it: the names of commands are full (`stock.reserve`), the types erased. */
export interface Lock {
  readonly name: string
  readonly takes: readonly string[]
  readonly frees: readonly string[]
  readonly guards: readonly string[]
  readonly whenHeld: 'wait' | 'queue' | 'reject'
  /** Infinite for `reject`, which does not wait. */
  readonly deadlineMs: number
  readonly when: ((command: unknown) => boolean) | undefined
}

/** A lock as it was written: its types were checked by the compiler, and are erased. */
interface LooseLock {
  readonly takes: readonly unknown[]
  readonly frees: readonly unknown[]
  readonly guards?: readonly unknown[]
  readonly whenHeld: string
  readonly deadlineMs?: number
  readonly when?: unknown
}

export interface LockPlace {
  readonly contract: AnyContract
  readonly aggregate: string
  /** Full names of the commands that the aggregate decides. */
  readonly decides: readonly string[]
}

const lockPattern = /^[A-Za-z][A-Za-z0-9-]{0,62}$/

/** Makes the locks of an aggregate. @throws `LANGUAGE_DEFINITION_INVALID`. */
export function makeLocks(
  place: LockPlace,
  specs: Readonly<Record<string, unknown>>,
): readonly Lock[] {
  return Object.entries(specs).map(([name, spec]) => {
    if (!lockPattern.test(name)) {
      throw lockError(
        place,
        name.slice(0, 80),
        'its name is not usable: write letters, digits or hyphens',
      )
    }
    // Why the cast: the compiler has checked it, or what is wrong with it is found below.
    return makeLock(place, name, spec as LooseLock)
  })
}

function makeLock(place: LockPlace, name: string, spec: LooseLock): Lock {
  const lock: Lock = {
    name,
    takes: commandsOf(place, name, spec.takes),
    frees: commandsOf(place, name, spec.frees),
    guards: commandsOf(place, name, spec.guards ?? []),
    // Why the casts: looked at just below.
    whenHeld: spec.whenHeld as Lock['whenHeld'],
    deadlineMs: spec.deadlineMs ?? Number.POSITIVE_INFINITY,
    when: spec.when as Lock['when'],
  }
  if (lock.takes.length === 0)
    throw lockError(place, name, 'nothing takes it: name commands in "takes"')
  if (lock.frees.length === 0)
    throw lockError(place, name, 'nothing frees it: name commands in "frees"')
  assertWaiting(place, lock)
  assertApart(place, lock)
  for (const type of [...lock.takes, ...lock.guards]) assertLockable(place, name, type)
  return lock
}

function commandsOf(place: LockPlace, lock: string, names: readonly unknown[]): readonly string[] {
  return names.map((name) => {
    const type = `${place.contract.$name}.${String(name)}`
    if (place.decides.includes(type)) return type
    throw lockError(
      place,
      lock,
      `it names "${String(name)}", which the aggregate does not decide: correct the name, or add it to "decide"`,
    )
  })
}

function assertWaiting(place: LockPlace, { name, whenHeld, deadlineMs }: Lock): void {
  if (!['wait', 'queue', 'reject'].includes(whenHeld))
    throw lockError(place, name, "whenHeld has to be 'wait', 'queue' or 'reject'")
  if (whenHeld === 'reject') {
    if (deadlineMs === Number.POSITIVE_INFINITY) return
    throw lockError(place, name, 'nobody waits for it, so take deadlineMs out')
  }
  if (Number.isSafeInteger(deadlineMs) && deadlineMs > 0) return
  throw lockError(
    place,
    name,
    'whoever meets it waits: give it deadlineMs, a whole number of milliseconds',
  )
}

function assertApart(place: LockPlace, { name, takes, frees, guards }: Lock): void {
  const twice =
    takes.find((type) => frees.includes(type) || guards.includes(type)) ??
    guards.find((type) => frees.includes(type))
  if (twice === undefined) return
  throw lockError(
    place,
    name,
    `it names ${twice} twice: a command either takes it, frees it, or is guarded by it`,
  )
}

function assertLockable({ contract, ...place }: LockPlace, lock: string, type: string): void {
  const spec = contract.$spec.commands?.[type.slice(contract.$name.length + 1)]
  if (spec?.rejects && Object.hasOwn(spec.rejects, lockedRejection)) return
  throw lockError(
    { contract, ...place },
    lock,
    `it can hold up ${type}, which does not declare the rejection "${lockedRejection}": add it to the contract`,
  )
}

function lockError({ aggregate }: LockPlace, lock: string, what: string): Error {
  return definitionError(`Lock "${lock}" of aggregate "${aggregate}" is not usable: ${what}.`)
}

/** The locks that hold a command up, or that it takes: those whose `when` does not let it pass. */
export function locksMet(
  locks: readonly Lock[],
  { type, data }: { readonly type: string; readonly data: unknown },
): readonly Lock[] {
  return locks.filter(
    ({ takes, guards, when }) =>
      (takes.includes(type) || guards.includes(type)) && (when === undefined || when(data)),
  )
}

/** Whether a lock can hold a command up: it may have to wait, or be answered without being decided. */
export function isLockable(
  aggregate: { readonly locks: readonly Lock[] } | undefined,
  type: string,
): boolean {
  const locks = aggregate?.locks ?? []
  return locks.some(({ takes, guards }) => takes.includes(type) || guards.includes(type))
}
