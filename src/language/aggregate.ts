import {
  type AnyContract,
  assertName,
  type CommandSpec,
  type CommandsOf,
  type EventSchema,
  type EventsOf,
  type NameOf,
} from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import { assertCommutative } from './isolation/commutative.ts'
import { type Lock, type LockSpec, makeLocks } from './isolation/locks.ts'
import { assertReread, type Reread, type RereadSpec } from './isolation/reread.ts'
import type { Accepted, Event, EventMeta, Rejection } from './message.ts'
import type { AnyPort, PortClient } from './port.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'

/** Makes the rejections that a command declares: `reject.OutOfStock({ available })`. */
export type Rejecter<C extends CommandSpec> = {
  readonly [K in keyof NonNullable<C['rejects']> & string]: (
    data: InputOf<NonNullable<C['rejects']>[K]>,
  ) => Rejection<K>
}

type EventUnion<C> = {
  [K in keyof EventsOf<C> & string]: Event<
    `${NameOf<C>}.${K}`,
    OutputOf<EventSchema<EventsOf<C>[K]>>
  >
}[keyof EventsOf<C> & string]

type RejectionOf<Cmd> = Cmd extends { readonly rejects: infer R }
  ? Rejection<keyof R & string>
  : never

/**
 * What a decision may give.
 *
 * A command with an `output` is answered with `reply(output, ...events)`; one without gives its events.
 */
export type Decision<C, Cmd> = Cmd extends { readonly output: infer S extends Schema }
  ? Accepted<InputOf<S>, EventUnion<C>> | RejectionOf<Cmd>
  : EventUnion<C> | readonly EventUnion<C>[] | Accepted<undefined, EventUnion<C>> | RejectionOf<Cmd>

/** What a decision may look at beside the state and the command. It has no way to the outside. */
export interface DecideContext<C, Cmd extends CommandSpec, Prepared> {
  readonly reject: Rejecter<Cmd>
  /** Answers with the output, and records events: none, one, or several of any types. */
  readonly reply: Cmd extends { readonly output: infer S extends Schema }
    ? (
        output: InputOf<S>,
        ...events: readonly EventUnion<C>[]
      ) => Accepted<InputOf<S>, EventUnion<C>>
    : (output: undefined, ...events: readonly EventUnion<C>[]) => Accepted<undefined, EventUnion<C>>
  /** What `prepare` of this command gave; `undefined` without one. */
  readonly prepared: Prepared
  /** Identity of the command: a retry has the same. */
  readonly id: string
  /** When the command was accepted for decision, in milliseconds since 1970 UTC. */
  readonly atMs: number
  readonly key: string
  /** How many events the instance has had before this decision: what a later command can say that it has seen. */
  readonly version: number
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}

/** What a `prepare` step may use: driven ports, within a deadline, under one idempotency key. */
export interface PrepareContext {
  /** The client of a driven port that the service declares. Calls carry the deadline and the key by themselves. */
  readonly use: <P extends AnyPort>(port: P) => PortClient<P>
  /** The same for every retry of this command. */
  readonly idempotencyKey: string
  readonly deadlineMs: number
  readonly signal: AbortSignal
  readonly key: string
}

type CommandData<C, K extends keyof CommandsOf<C>> = CommandsOf<C>[K] extends {
  readonly input: infer S
}
  ? OutputOf<S>
  : never
type SpecAt<C, K extends keyof CommandsOf<C>> = CommandsOf<C>[K] extends CommandSpec
  ? CommandsOf<C>[K]
  : never

export interface AggregateSpec<C, State, K extends keyof CommandsOf<C>, P> {
  /**
   * How the state is kept. `events`: replayed from the stream, with snapshots. `state`: the newest state is
   * stored with every commit and old events are never needed. Code and tests are the same.
   */
  readonly stored?: 'events' | 'state'
  /** The instance that a command is for. One instance decides one command at a time. */
  readonly key: (command: CommandData<C, K>) => string
  /**
   * Made of an instance's key: instances for which it is the same, also of other aggregates of the service, are in one
   * partition of the log, so that everybody sees their events in the order in which they happened. Without it only the
   * events of one instance have an order.
   *
   * It may only change together with the number of partitions: after the service was erased.
   */
  readonly partitionKey?: (key: string) => string
  readonly initial: () => State
  /** Asks the outside world before a decision. Runs again after a crash: the ports get the same key. */
  readonly prepare?: {
    readonly [N in keyof P]: N extends K
      ? (command: CommandData<C, N>, context: PrepareContext) => Promise<P[N]>
      : never
  }
  /** Decides a command: pure, synchronous, total. */
  readonly decide: {
    readonly [N in K]: (
      state: NoInfer<State>,
      command: CommandData<C, N>,
      context: DecideContext<C, SpecAt<C, N>, N extends keyof P ? P[N] : undefined>,
    ) => Decision<C, CommandsOf<C>[N]>
  }
  /** The state after an event. Events that change nothing here may be left out. */
  readonly evolve: {
    readonly [N in keyof EventsOf<C>]?: (
      state: NoInfer<State>,
      event: OutputOf<EventSchema<EventsOf<C>[N]>>,
      meta: EventMeta,
    ) => NoInfer<State>
  }
  /**
   * Semantic locks of each instance, by name: what a saga has taken is kept from others until it frees it. A command
   * that a lock can hold up declares the rejection `Locked`.
   */
  readonly locks?: Readonly<Record<string, LockSpec<C>>>
  /**
   * Commands whose events can be applied in any order with the same state: sagas may interleave them. The simulator
   * tries the other order.
   */
  readonly commutative?: readonly (keyof CommandsOf<C> & string)[]
  /**
   * The version of its instance that a command rests on: one that rests on another version than the present one is
   * answered `Changed`, before it is decided.
   */
  readonly reread?: RereadSpec<C>
  /**
   * A number that the writer raises when `evolve` changes meaning: older snapshots are then not used.
   */
  readonly version?: number
}

/** An aggregate as the platform sees it: the names are full (`stock.reserve`), the types erased. */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly name: string
  readonly contract: AnyContract
  readonly stored: 'events' | 'state'
  readonly version: number
  readonly key: (command: unknown) => string
  readonly partitionKey?: ((key: string) => string) | undefined
  readonly initial: () => unknown
  readonly prepare: Readonly<
    Record<string, (command: unknown, context: PrepareContext) => Promise<unknown>>
  >
  readonly decide: Readonly<
    Record<string, (state: unknown, command: unknown, context: unknown) => unknown>
  >
  readonly evolve: Readonly<
    Record<string, (state: unknown, event: unknown, meta: EventMeta) => unknown>
  >
  readonly locks: readonly Lock[]
  /** Commands that are marked as commutative. */
  readonly commutative: readonly string[]
  readonly reread: Reread
}

/** An aggregate whose state type is known to the compiler. */
export interface TypedAggregate<State> extends Aggregate {
  readonly '~state'?: State
}

/**
 * Defines an aggregate: the decider of the instances behind one key.
 *
 * The state has to survive JSON: plain objects, arrays, strings, numbers, booleans and null.
 * Source: Chassaing, "Functional Event Sourcing Decider".
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when a handler is not of the contract.
 */
export function aggregate<
  C extends AnyContract,
  State,
  K extends keyof CommandsOf<C> & string,
  P = Record<never, never>,
>(contract: C, name: string, spec: AggregateSpec<C, State, K, P>): TypedAggregate<State> {
  assertName('aggregate', name)
  const named = (part: HandlerPart, handlers: object): Record<string, unknown> =>
    fullNames(contract, part, handlers)
  const decide = named('decide', spec.decide)
  const place = { contract, aggregate: name, decides: Object.keys(decide) }
  const locks = makeLocks(place, spec.locks ?? {})
  const definition: Aggregate = {
    kind: 'aggregate',
    name,
    contract,
    stored: spec.stored ?? 'events',
    version: spec.version ?? 1,
    // Why the casts: the platform calls these only with data that the contract's schemas have checked.
    key: spec.key as Aggregate['key'],
    partitionKey: spec.partitionKey,
    initial: spec.initial,
    prepare: named('prepare', spec.prepare ?? {}) as Aggregate['prepare'],
    decide: decide as Aggregate['decide'],
    evolve: named('evolve', spec.evolve) as Aggregate['evolve'],
    locks,
    commutative: assertCommutative(place, locks, spec.commutative ?? []),
    reread: assertReread(contract, named('reread', spec.reread ?? {}) as Reread),
  }
  return freezeDefinition(definition)
}

type HandlerPart = 'prepare' | 'decide' | 'evolve' | 'reread'

function fullNames(
  contract: AnyContract,
  part: HandlerPart,
  handlers: object,
): Record<string, unknown> {
  const known = contract.$spec[part === 'evolve' ? 'events' : 'commands'] ?? {}
  const entries = Object.entries(handlers).map(([member, handler]) => {
    if (!Object.hasOwn(known, member)) {
      throw definitionError(
        `${part}.${member} handles nothing: contract "${contract.$name}" has no "${member}". Correct the name or add it to the contract.`,
      )
    }
    return [`${contract.$name}.${member}`, handler] as const
  })
  return Object.fromEntries(entries)
}
