// What a simulation is told: a system, what its clients do, and what must be true. Plain frozen values, like everything
// else that is defined.
import type { AnyEventType } from '../language/contract.ts'
import { definitionError } from '../language/errors.ts'
import type { Command, CommandOutput, CommandRejects, Outcome, Query } from '../language/message.ts'
import type { OutputOf } from '../language/schema.ts'
import type { System } from '../language/system.ts'
import type { DocumentOf, View } from '../language/view.ts'
import type { ConsistencyToken } from '../runtime/running-system.port.ts'
import type { FaultName } from './faults/catalogue.ts'
import type { Facts, RecordedEvent } from './invariants/facts.ts'
import type { Chance } from './world/chance.ts'

/** What became of a call, as its caller knows it. */
export type Called<Output = unknown, Rejects extends string = string> =
  | {
      readonly kind: 'answered'
      readonly outcome: Outcome<Output, Rejects>
      readonly id: string
      readonly token: ConsistencyToken
      /** Whether the id of the command was used before: the outcome is then the first one. */
      readonly repeated: boolean
    }
  /** It did not take effect, and the caller was told so. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** It may have taken effect, and nobody can say. */
  | { readonly kind: 'unknown' }

export interface SendOptions {
  /** Command id; the world makes one without it. */
  readonly id?: string
  readonly actor?: string
  readonly tenant?: string
}

/** A client of the system, as its actions use it. */
export interface SimulatedClient {
  readonly name: string
  /** Draws of this action: the same in every run of a seed. */
  readonly chance: Chance
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** Sends a command once. */
  send<C extends Command>(
    command: C,
    options?: SendOptions,
  ): Promise<Called<CommandOutput<C>, CommandRejects<C>>>
  /** Sends a command under one id until its outcome is known; gives up only when the world ends. */
  insist<C extends Command>(
    command: C,
    options?: SendOptions,
  ): Promise<Outcome<CommandOutput<C>, CommandRejects<C>>>
  /** Asks a query once. */
  ask<Output, Rejects extends string>(
    query: Query<string, unknown, Output, Rejects>,
    token?: ConsistencyToken,
  ): Promise<Called<Output, Rejects>>
  pause(durationMs: number): Promise<void>
  /** Picks with a preference that the seed has: some worlds have hot keys. */
  pick<T>(items: readonly [T, ...T[]]): T
  /** Notes a fact for the invariants: `history` has it. */
  note(name: string, data: unknown): void
}

/** Something that clients do. */
export interface Action {
  readonly kind: 'action'
  readonly name: string
  /** How often it comes beside the others. */
  readonly weight: number
  readonly run: (client: SimulatedClient) => Promise<void>
}

/** Says what is wrong; nothing, or `true`, when all is well. */
export type Finding = string | boolean | undefined

export type InvariantKind = 'always' | 'eventually' | 'atEnd' | 'sometimes'

export interface Invariant {
  readonly kind: InvariantKind
  readonly name: string
  /** For `always`: judged after commits of these services only; of all without it. */
  readonly services?: readonly string[] | undefined
  readonly check: (facts: Facts) => Finding
  /** What it carries from event to event; `check` is not asked then. */
  readonly watching?: Watching | undefined
}

/** An account that an invariant keeps of one world, types erased. */
export interface Watching {
  readonly start: () => unknown
  /** By the full name of the event. */
  readonly judges: Readonly<
    Record<string, (account: unknown, event: RecordedEvent, facts: Facts) => Finding>
  >
  /** In the order in which they were given. */
  readonly documents: readonly {
    readonly view: View
    readonly judge: (account: unknown, written: WrittenDocument, facts: Facts) => Finding
  }[]
  readonly atRest?: ((account: unknown, facts: Facts) => Finding) | undefined
}

/** A document after a commit that wrote it; undefined when the commit removed it. */
export interface WrittenDocument<Document = unknown> {
  readonly key: string
  readonly document: Document | undefined
}

/** An invariant that sees each event once, and each document that was written, in the order of the commits, those of `prepare` included. */
export interface Watch<Account> extends Invariant {
  /** Judges an event, and takes it into the account. Returns a new invariant. */
  on<E extends AnyEventType>(
    event: E,
    judge: (account: Account, event: RecordedEvent<OutputOf<E['schema']>>, facts: Facts) => Finding,
  ): Watch<Account>
  /** Judges a document of a view whenever a commit has written it. Returns a new invariant. */
  onDocument<V extends View>(
    view: V,
    judge: (account: Account, written: WrittenDocument<DocumentOf<V>>, facts: Facts) => Finding,
  ): Watch<Account>
  /** Judges the account when nothing is left to do. Returns a new invariant. */
  atRest(judge: (account: Account, facts: Facts) => Finding): Watch<Account>
}

/** Another system that has to come to the same end. */
export interface Twin {
  readonly system: System | (() => System)
  /** The end of a world as data, in which nothing depends on who was quicker: no times, and no ids that were made. */
  readonly end: (facts: Facts) => unknown
}

export interface ScenarioOptions {
  /** The system, or how it is made: anew for each world when adapters remember something. */
  readonly system: System | (() => System)
  /** Runs each world in another system as well: clients draw and ask the same, and both must come to the same end. */
  readonly twin?: Twin
  /**
   * What its processes run at first: each is ended once while things fail, and comes back with `system`. So old and new
   * ones run side by side. It has the services of `system`, and is made like it.
   */
  readonly upgradesFrom?: System | (() => System)
  /** What must be there before anything fails. Every command has to be accepted. */
  readonly prepare?: (client: SimulatedClient) => Promise<void>
  readonly actions: readonly Action[]
  /** How many actions a world has; 20 by default. */
  readonly count?: number
  /** How many clients act at the same time, at most; 4 by default. */
  readonly clients?: number
  /** How long things fail, in milliseconds of the world; 60,000 by default. */
  readonly faultsMs?: number
  /** How long everything may take to come to rest after that; an hour by default. */
  readonly settleMs?: number
  /** The faults that may be; all by default. */
  readonly faults?: readonly FaultName[]
  readonly invariants?: readonly Invariant[]
  /** Whether messages may end parked; `false` by default. */
  readonly mayPark?: boolean
  /** Whether the operator cancels sagas while they run, now and then; `false` by default. */
  readonly mayCancel?: boolean
}

export interface Scenario extends ScenarioOptions {
  readonly kind: 'scenario'
  readonly name: string
}

/**
 * Defines what is simulated.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when it has no action, or a number that means nothing.
 */
export function scenario(name: string, options: ScenarioOptions): Scenario {
  if (options.actions.length === 0) {
    throw definitionError(`Scenario "${name}" has no actions: nothing would happen in it.`)
  }
  for (const field of ['count', 'clients', 'faultsMs', 'settleMs'] as const) {
    const value = options[field]
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue
    throw definitionError(
      `"${field}" of scenario "${name}" is ${value}: give a whole number above 0.`,
    )
  }
  return Object.freeze({ ...options, kind: 'scenario', name })
}

/**
 * Defines something that clients do. `weight` says how often beside the other actions; 1 by default.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when the weight is not a number above 0.
 */
export function action(
  name: string,
  run: (client: SimulatedClient) => Promise<void>,
  weight = 1,
): Action {
  if (!Number.isFinite(weight) || weight <= 0) {
    throw definitionError(`Action "${name}" has the weight ${weight}: give a number above 0.`)
  }
  return Object.freeze({ kind: 'action', name, weight, run })
}

/** Must hold after every step. */
export function always(
  name: string,
  check: Invariant['check'],
  services?: readonly string[],
): Invariant {
  return Object.freeze({ kind: 'always', name, check, services })
}

/** Must come true once nothing fails any more, in the time that the scenario gives. */
export function eventually(name: string, check: Invariant['check']): Invariant {
  return Object.freeze({ kind: 'eventually', name, check })
}

/** Must hold when nothing is left to do. */
export function atEnd(name: string, check: Invariant['check']): Invariant {
  return Object.freeze({ kind: 'atEnd', name, check })
}

/** Must be reached by at least one world of a batch: otherwise the batch has shown less than it seems. */
export function sometimes(name: string, check: Invariant['check']): Invariant {
  return Object.freeze({ kind: 'sometimes', name, check })
}

/**
 * Must hold after every event: an account of the world that is carried from event to event, so that nothing is looked
 * at twice. `start` makes the account of a new world.
 *
 * @example watch('nobody pays twice', () => new Set()).on(Paid, (paid, { data }) => !paid.has(data.id) && !!paid.add(data.id))
 */
export function watch<Account>(name: string, start: () => Account): Watch<Account> {
  return watchWith<Account>('always', name, { start, judges: {}, documents: [] })
}

/** Must be reached by at least one world of a batch: a judge of `spot` says `true` when it is. */
export function spot<Account>(name: string, start: () => Account): Watch<Account> {
  return watchWith<Account>('sometimes', name, { start, judges: {}, documents: [] })
}

function watchWith<Account>(
  kind: 'always' | 'sometimes',
  name: string,
  watching: Watching,
): Watch<Account> {
  return Object.freeze({
    kind,
    name,
    watching,
    check: () => kind === 'always',
    // Why the casts: a judge gets the account that `start` made, and events of the type that it is named after.
    on: (event: AnyEventType, judge: unknown) => {
      const own = { [event.type]: judge as Watching['judges'][string] }
      return watchWith<Account>(kind, name, { ...watching, judges: { ...watching.judges, ...own } })
    },
    onDocument: (view: View, judge: unknown) => {
      const own = { view, judge: judge as Watching['documents'][number]['judge'] }
      return watchWith<Account>(kind, name, {
        ...watching,
        documents: [...watching.documents, own],
      })
    },
    atRest: (judge: unknown) =>
      watchWith<Account>(kind, name, { ...watching, atRest: judge as Watching['atRest'] }),
  })
}
