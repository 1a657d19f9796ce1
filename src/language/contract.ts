import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Command, Event, Query } from './message.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'

export interface CommandSpec {
  readonly input: Schema
  readonly output?: Schema
  /** The business "no"s that callers must expect: name to the shape of its data. */
  readonly rejects?: Readonly<Record<string, Schema>>
  /** One sentence for the reference page. */
  readonly summary?: string
}

export interface QuerySpec {
  readonly input: Schema
  readonly output: Schema
  readonly rejects?: Readonly<Record<string, Schema>>
  readonly summary?: string
}

/** An event whose shape has changed: the present schema, and how each older version becomes the next one. */
export interface VersionedEvent<S extends Schema = Schema> {
  readonly schema: S
  readonly version: number
  readonly upcast: Readonly<Record<number, (data: never) => unknown>>
}

export type EventSpec = Schema | VersionedEvent

export interface ContractSpec {
  readonly commands?: Readonly<Record<string, CommandSpec>>
  readonly events?: Readonly<Record<string, EventSpec>>
  readonly queries?: Readonly<Record<string, QuerySpec>>
}

export type EventSchema<E> = E extends VersionedEvent<infer S> ? S : E
type OutputData<C> = C extends { readonly output: infer S extends Schema } ? OutputOf<S> : undefined
type RejectNames<C> = C extends { readonly rejects: infer R } ? keyof R & string : never

/** A command of a contract: call it to make the command, or hand it to a route, a step or a test. */
export interface CommandType<Service extends string, Name extends string, C extends CommandSpec> {
  (
    input: InputOf<C['input']>,
  ): Command<`${Service}.${Name}`, OutputOf<C['input']>, OutputData<C>, RejectNames<C>>
  readonly kind: 'command'
  readonly service: Service
  readonly type: `${Service}.${Name}`
  readonly spec: C
}

/** An event of a contract: call it to make the event, or hand it to a view, a policy or a saga. */
export interface EventType<Service extends string, Name extends string, E extends EventSpec> {
  (data: InputOf<EventSchema<E>>): Event<`${Service}.${Name}`, OutputOf<EventSchema<E>>>
  readonly kind: 'event'
  readonly service: Service
  readonly type: `${Service}.${Name}`
  readonly schema: EventSchema<E>
  readonly version: number
  readonly upcast: Readonly<Record<number, (data: never) => unknown>>
}

/** A query of a contract. */
export interface QueryType<Service extends string, Name extends string, Q extends QuerySpec> {
  (
    input: InputOf<Q['input']>,
  ): Query<`${Service}.${Name}`, OutputOf<Q['input']>, OutputOf<Q['output']>, RejectNames<Q>>
  readonly kind: 'query'
  readonly service: Service
  readonly type: `${Service}.${Name}`
  readonly spec: Q
}

/** What every contract has, whatever is in it. */
export interface AnyContract<Name extends string = string, C extends ContractSpec = ContractSpec> {
  readonly $kind: 'contract'
  readonly $name: Name
  readonly $spec: C
}

export type AnyCommandType = CommandType<string, string, CommandSpec>
export type AnyQueryType = QueryType<string, string, QuerySpec>

/** What every event type has, whatever its data. */
export interface AnyEventType {
  readonly kind: 'event'
  readonly service: string
  readonly type: string
  readonly schema: Schema
  readonly version: number
  readonly upcast: Readonly<Record<number, (data: never) => unknown>>
}

/** The published face of a service: all that another service may know of it. */
export type Contract<Name extends string, C extends ContractSpec> = AnyContract<Name, C> & {
  readonly [K in keyof C['commands'] & string]: CommandType<Name, K, NonNullable<C['commands']>[K]>
} & {
  readonly [K in keyof C['events'] & string]: EventType<Name, K, NonNullable<C['events']>[K]>
} & {
  readonly [K in keyof C['queries'] & string]: QueryType<Name, K, NonNullable<C['queries']>[K]>
}

export type SpecOf<C> = C extends AnyContract<string, infer Spec> ? Spec : never
export type NameOf<C> = C extends AnyContract<infer Name, ContractSpec> ? Name : never
export type CommandsOf<C> = NonNullable<SpecOf<C>['commands']>
export type EventsOf<C> = NonNullable<SpecOf<C>['events']>
export type QueriesOf<C> = NonNullable<SpecOf<C>['queries']>

const namePattern = /^[a-z][a-z0-9-]{0,62}$/
const memberPattern = /^[A-Za-z][A-Za-z0-9]{0,62}$/

/** Checks the name of a service, view, policy, saga or system: it becomes part of paths, files and topics. */
export function assertName(what: string, name: string): void {
  if (namePattern.test(name)) return
  throw definitionError(
    `The ${what} name "${name.slice(0, 80)}" is not usable: write 1 to 63 lower-case letters, digits or hyphens, starting with a letter.`,
  )
}

/**
 * Defines what others may know of a service: its commands, events and queries.
 *
 * The value holds one function per member, which makes the message: `Stock.reserve({ ... })`.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when a name is not usable or is given twice.
 */
export function contract<const Name extends string, const C extends ContractSpec>(
  name: Name,
  spec: C,
): Contract<Name, C> {
  assertName('service', name)
  const members = new Map<string, unknown>()
  const add = (member: string, facts: object): void => {
    assertMember(name, member, members)
    members.set(member, messageType(name, member, facts))
  }
  for (const [member, command] of Object.entries(spec.commands ?? {})) {
    add(member, { kind: 'command', spec: command })
  }
  for (const [member, event] of Object.entries(spec.events ?? {})) {
    add(member, { kind: 'event', ...eventFacts(name, member, event) })
  }
  for (const [member, query] of Object.entries(spec.queries ?? {})) {
    add(member, { kind: 'query', spec: query })
  }
  const definition = { $kind: 'contract', $name: name, $spec: spec, ...Object.fromEntries(members) }
  // Why the cast: the members were made from the very keys that the type names.
  return freezeDefinition(definition) as unknown as Contract<Name, C>
}

function assertMember(service: string, name: string, members: ReadonlyMap<string, unknown>): void {
  if (!memberPattern.test(name)) {
    throw definitionError(
      `"${name.slice(0, 80)}" in contract "${service}" is not usable: write letters and digits, starting with a letter.`,
    )
  }
  if (members.has(name)) {
    throw definitionError(
      `Contract "${service}" names "${name}" twice. Give the command, event or query another name.`,
    )
  }
}

function messageType(service: string, name: string, facts: object): unknown {
  const type = `${service}.${name}`
  const kind: unknown = 'kind' in facts ? facts.kind : undefined
  const make = (data: unknown): object => Object.freeze({ kind, service, type, data })
  return Object.freeze(Object.assign(make, { service, type, ...facts }))
}

function eventFacts(service: string, name: string, spec: EventSpec): object {
  if ('~standard' in spec) return { schema: spec, version: 1, upcast: {} }
  for (let version = 1; version < spec.version; version += 1) {
    if (typeof spec.upcast[version] === 'function') continue
    throw definitionError(
      `Event "${service}.${name}" is at version ${spec.version} but cannot read version ${version}. Add upcast: { ${version}: (old) => ... }.`,
    )
  }
  return { schema: spec.schema, version: spec.version, upcast: spec.upcast }
}
