import type { Aggregate, TypedAggregate } from './aggregate.ts'
import type { AnyContract, QueriesOf, QuerySpec } from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Rejection } from './message.ts'
import type { Policy } from './policy.ts'
import type { AnyPort } from './port.ts'
import type { InputOf, OutputOf } from './schema.ts'
import type { DocumentOf, IndexesOf, IndexValue, View } from './view.ts'

export interface FindOptions {
  /** The most documents to give; 100 without it, 10,000 at most. */
  readonly limit?: number
  /** Continues after the last key of the page before. */
  readonly after?: string
}

export interface Found<Doc> {
  readonly key: string
  readonly document: Doc
}

/**
 * Reads the service's own data.
 *
 * Reads that are asked for together (one `Promise.all`) are answered from one snapshot.
 */
export interface Reader {
  /** The document under a key. */
  get<V extends View>(view: V, key: string): Promise<DocumentOf<V> | undefined>
  /** Documents whose index has this value, ordered by key: `find(Items, { bySeller: 7 })`. One index at a time. */
  find<V extends View>(
    view: V,
    where: { readonly [K in IndexesOf<V> & string]?: IndexValue },
    options?: FindOptions,
  ): Promise<readonly Found<DocumentOf<V>>[]>
  /** Every document, ordered by key. */
  list<V extends View>(view: V, options?: FindOptions): Promise<readonly Found<DocumentOf<V>>[]>
  /** The state of an aggregate instance; `undefined` when it has no events. */
  state<State>(aggregate: TypedAggregate<State>, key: string): Promise<State | undefined>
}

type QueryRejecter<Q> = {
  readonly [K in keyof NonNullable<Q extends QuerySpec ? Q['rejects'] : never> & string]: (
    data: unknown,
  ) => Rejection<K>
}

export interface QueryContext<Q> {
  readonly read: Reader
  readonly reject: QueryRejecter<Q>
  readonly actor?: string | undefined
  readonly tenant?: string | undefined
}

type QueryRejection<Q> = Q extends { readonly rejects: infer R }
  ? Rejection<keyof R & string>
  : never

export type QueryHandlers<C> = {
  readonly [K in keyof QueriesOf<C>]: (
    input: QueriesOf<C>[K] extends { readonly input: infer S } ? OutputOf<S> : never,
    context: QueryContext<QueriesOf<C>[K]>,
  ) => Promise<
    | (QueriesOf<C>[K] extends { readonly output: infer S } ? InputOf<S> : never)
    | QueryRejection<QueriesOf<C>[K]>
  >
}

type QueryPart<C> = keyof QueriesOf<C> extends never
  ? { readonly queries?: undefined }
  : { readonly queries: QueryHandlers<C> }

export type ServiceSpec<C> = {
  readonly aggregates?: readonly Aggregate[]
  readonly views?: readonly View[]
  readonly policies?: readonly Policy[]
  /** Driven ports that `prepare` steps use. */
  readonly ports?: readonly AnyPort[]
} & QueryPart<C>

export type QueryHandler = (input: unknown, context: QueryContext<QuerySpec>) => Promise<unknown>

/** A service as the platform sees it: the hexagon. */
export interface Service {
  readonly kind: 'service'
  readonly name: string
  readonly contract: AnyContract
  readonly aggregates: readonly Aggregate[]
  readonly views: readonly View[]
  readonly policies: readonly Policy[]
  readonly ports: readonly AnyPort[]
  readonly queries: Readonly<Record<string, QueryHandler>>
}

/**
 * Defines a service: what is inside its contract, and which driven ports it needs.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two parts have one name or a command is decided twice.
 */
export function service<C extends AnyContract>(contract: C, spec: ServiceSpec<C>): Service {
  const queries = Object.entries(spec.queries ?? {}).map(
    // Why the cast: a query handler is only called with input that the contract's schema has checked.
    ([name, handler]) => [`${contract.$name}.${name}`, handler as QueryHandler] as const,
  )
  const definition: Service = {
    kind: 'service',
    name: contract.$name,
    contract,
    aggregates: spec.aggregates ?? [],
    views: spec.views ?? [],
    policies: spec.policies ?? [],
    ports: spec.ports ?? [],
    queries: Object.fromEntries(queries),
  }
  assertParts(definition)
  return freezeDefinition(definition)
}

function assertParts(service: Service): void {
  assertUnique(
    service,
    'aggregate',
    service.aggregates.map(({ name }) => name),
  )
  assertUnique(
    service,
    'view',
    service.views.map(({ name }) => name),
  )
  assertUnique(
    service,
    'policy',
    service.policies.map(({ name }) => name),
  )
  assertUnique(
    service,
    'decision',
    service.aggregates.flatMap(({ decide }) => Object.keys(decide)),
  )
  for (const { name, contract } of service.aggregates) {
    if (contract.$name === service.name) continue
    throw definitionError(
      `Aggregate "${name}" belongs to contract "${contract.$name}", not to "${service.name}".`,
    )
  }
  for (const view of service.views) assertInline(service, view)
}

function assertInline(service: Service, view: View): void {
  if (view.consistency !== 'inline') return
  const foreign = view.events.find((event) => event.service !== service.name)
  if (!foreign) return
  throw definitionError(
    `View "${view.name}" is inline but follows ${foreign.type} of another service. Make it async.`,
  )
}

function assertUnique(service: Service, what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  throw definitionError(
    `Service "${service.name}" has "${twice}" twice as ${what}. Keep one or rename it.`,
  )
}
