import {
  type AnyCommandType,
  type AnyQueryType,
  assertName,
  type CommandSpec,
  type CommandType,
  type QuerySpec,
  type QueryType,
} from './contract.ts'
import { definitionError } from './errors.ts'
import { freezeDefinition } from './freeze.ts'
import type { Command, CommandOutput, CommandRejects, Outcome, Query } from './message.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Method and path of a route: `GET /stock/{sellerId}`. Path parameters are written `{name}`. */
export type RouteTarget = `${Method} /${string}`

/** A request as a route sees it: parsed, limited, nothing trusted. */
export interface RouteRequest {
  /** Values of `{name}` in the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** The JSON body; `undefined` when there was none. */
  readonly body: unknown
}

export interface RouteResponse {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** One answer of a route, for the reference. */
export interface RouteAnswer {
  readonly summary: string
  /** The shape of the body; any shape without it, and a problem when the status is an error's. */
  readonly body?: Schema
}

interface RouteBase {
  readonly summary?: string
  /** The shape of the request body, for the reference and for checking before `input` is called. */
  readonly body?: Schema
  /**
   * What the route answers, by status: described in the reference, not enforced.
   *
   * It adds to what is known of an operation, and says all about a composed route.
   */
  readonly answers?: Readonly<Record<number, RouteAnswer>>
  /**
   * Shapes of path and query parameters by name, for the reference; a path parameter that is not here is a text.
   *
   * A name that is not in the path is a query parameter, and has to be there unless its schema allows `undefined`.
   */
  readonly parameters?: Readonly<Record<string, Schema>>
  /**
   * Why the route takes no `Idempotency-Key`, as a clause: `its instanceId names the checkout`.
   *
   * A key that comes is refused then, never ignored. Say it for a composed route that changes something under ids of
   * its own.
   */
  readonly keyless?: string
}

export interface OperationRouteOptions<In, Out, Rejects extends string> extends RouteBase {
  /** Makes the operation's input. Without it the body, the query and the path parameters are merged by name. */
  readonly input?: (request: RouteRequest) => In
  /**
   * The command id, when the caller has one in the request. Without it the `Idempotency-Key` header, which is refused
   * beside an id.
   */
  readonly id?: (request: RouteRequest, context: { readonly epoch: string }) => string | undefined
  /** Status of a success: 200 for queries and commands with an output, 202 for others. */
  readonly status?: number
  /** Makes the body of a success from the output. */
  readonly reply?: (output: Out, request: RouteRequest) => unknown
  /** Status by rejection: 404 for `NotFound`, 409 for others without it. */
  readonly rejects?: { readonly [K in Rejects]?: number }
  readonly bodyBytesMax?: number
}

/** The outcome of a command, as a composed route sees it. */
export type RouteOutcome<Output = unknown, Rejects extends string = string> = Outcome<
  Output,
  Rejects
> & {
  /** Whether the id of the command was used before: the outcome is then the first one. */
  readonly repeated: boolean
}

/** What a composed route may call: the system's operations, as any client could. */
export interface RouteCalls {
  command<C extends Command>(
    command: C,
    options?: { readonly id?: string },
  ): Promise<RouteOutcome<CommandOutput<C>, CommandRejects<C>>>
  query<Q extends Query>(
    query: Q,
  ): Promise<
    Q extends Query<string, unknown, infer Output, infer Rejects> ? Outcome<Output, Rejects> : never
  >
  /**
   * Runs a task while the system takes no other work: requests of others that would change something are answered 503
   * with `Retry-After` until it is done, and those that are being answered are waited for. Only for administration.
   */
  alone<T>(task: () => Promise<T>): Promise<T>
  /** Waits until nothing is left to do, or `withinMs` has passed; says whether it is so. */
  settle(withinMs: number): Promise<boolean>
  /**
   * Erases everything that these services have stored, and starts them anew. Only for administration: their policies and
   * sagas run again over the logs that they follow, also for services that are not erased.
   */
  erase(services: readonly string[]): Promise<void>
  /** Changes whenever something was erased: part of command ids that may come again afterwards. */
  readonly epoch: string
}

export interface OperationRoute {
  readonly kind: 'route'
  readonly method: Method
  readonly path: string
  readonly operation: AnyCommandType | AnyQueryType
  readonly options: OperationRouteOptions<unknown, unknown, string>
}

export interface ComposedRoute {
  readonly kind: 'composed'
  readonly method: Method
  readonly path: string
  readonly options: RouteBase
  readonly run: (request: RouteRequest, calls: RouteCalls) => Promise<RouteResponse>
}

export type Route = OperationRoute | ComposedRoute

/** Gives a command or a query an HTTP route of its own. */
export function route<Service extends string, Name extends string, C extends CommandSpec>(
  target: RouteTarget,
  operation: CommandType<Service, Name, C>,
  options?: OperationRouteOptions<
    InputOf<C['input']>,
    C extends { readonly output: infer S } ? OutputOf<S> : undefined,
    keyof NonNullable<C['rejects']> & string
  >,
): OperationRoute
export function route<Service extends string, Name extends string, Q extends QuerySpec>(
  target: RouteTarget,
  operation: QueryType<Service, Name, Q>,
  options?: OperationRouteOptions<
    InputOf<Q['input']>,
    OutputOf<Q['output']>,
    keyof NonNullable<Q['rejects']> & string
  >,
): OperationRoute
export function route(
  target: RouteTarget,
  operation: unknown,
  options: unknown = {},
): OperationRoute {
  return freezeDefinition({
    kind: 'route',
    ...parseTarget(target),
    // Why the casts: the overloads have checked both against each other.
    operation: operation as OperationRoute['operation'],
    options: options as OperationRoute['options'],
  })
}

/** A route that joins several operations (API composition), or answers in its own way. */
export function composed(
  target: RouteTarget,
  run: ComposedRoute['run'],
  options: RouteBase = {},
): ComposedRoute {
  return freezeDefinition({ kind: 'composed', ...parseTarget(target), options, run })
}

export interface Gateway {
  readonly kind: 'gateway'
  readonly name: string
  readonly routes: readonly Route[]
}

/** Defines a gateway: the routes that the outside sees. Source: Richardson, "API gateway" pattern. */
export function gateway(name: string, spec: { readonly routes: readonly Route[] }): Gateway {
  assertName('gateway', name)
  const seen = new Set<string>()
  for (const { method, path } of spec.routes) {
    const shape = `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`
    if (seen.has(shape))
      throw definitionError(`Gateway "${name}" has the route ${method} ${path} twice. Keep one.`)
    seen.add(shape)
  }
  return freezeDefinition({ kind: 'gateway', name, routes: spec.routes })
}

const targetPattern =
  /^(?<method>GET|POST|PUT|PATCH|DELETE) (?<path>(\/([A-Za-z0-9._~-]+|\{[A-Za-z][A-Za-z0-9]*\}))*\/?)$/

function parseTarget(target: string): { readonly method: Method; readonly path: string } {
  const { method, path } = targetPattern.exec(target)?.groups ?? {}
  // Why the cast: the pattern lets only these methods through.
  if (method && path?.startsWith('/')) return { method: method as Method, path }
  throw definitionError(
    `Route "${target}" is not usable: write a method and a path, such as "GET /stock/{sellerId}".`,
  )
}
