import type { CommandSpec, QuerySpec } from '../language/contract.ts'
import { assertThat, definitionError } from '../language/errors.ts'
import type { ComposedRoute, Method, OperationRoute, RouteRequest } from '../language/gateway.ts'
import type { System } from '../language/system.ts'
import { inputReader } from './input.ts'
import { rejectionSentences } from './rejection-sentences.ts'
import { type JsonSchema, propertiesOf, renderJsonSchema } from './json-schema.ts'

interface OperationBase {
  /** Unique in the system: the operation id of the reference. */
  readonly id: string
  readonly method: Method
  readonly path: string
  /** Names of the `{parameters}` of the path. */
  readonly pathParameters: readonly string[]
  /** The service, apart for its default routes, or the gateway of a composed route. */
  readonly tag: string
  readonly summary: string
  /** Whether a request may have a body at all. */
  readonly takesBody: boolean
  /** Why an `Idempotency-Key` is refused; undefined where it is taken, or means nothing. */
  readonly keyless: string | undefined
}

/** A route that runs one command or one query. */
export interface DirectOperation extends OperationBase {
  readonly kind: 'command' | 'query'
  readonly route: OperationRoute
  /** `stock.reserve` */
  readonly type: string
  readonly service: string
  readonly spec: CommandSpec | QuerySpec
  /** JSON Schema of the operation's input. */
  readonly inputSchema: JsonSchema
  /** Where the input comes from: the whole body, all parts merged by name, or a function of the route. */
  readonly inputFrom: 'body' | 'parts' | 'function'
  /** What each rejection says to the caller. */
  readonly sentences: Readonly<Record<string, string>>
  /** Makes the operation's input. @throws `HTTP_REQUEST_INVALID` when the parts do not go together. */
  readonly input: (request: RouteRequest) => unknown
  /** Status of a success. */
  readonly status: number
}

/** A route that answers in its own way, by joining operations. */
export interface ComposedOperation extends OperationBase {
  readonly kind: 'composed'
  readonly route: ComposedRoute
}

export type GatewayOperation = DirectOperation | ComposedOperation

/** Paths that a server of the gateway answers by itself. */
export const reservedPaths: readonly string[] = ['/health', '/idle', '/openapi.json', '/reference']

const bodyMethods: ReadonlySet<Method> = new Set(['POST', 'PUT', 'PATCH'])

/** What of a system is served. */
export interface ServedParts {
  /**
   * Whether each command and query has a route of its own; `true` without it. `false` leaves only the gateways'
   * routes: for a server that strangers can reach, because commands of sagas and policies are commands too.
   */
  readonly defaultRoutes?: boolean
}

/**
 * Lists everything that a system serves to the outside: the routes of its gateways, and for each command and
 * query `POST /services/<service>/commands/<name>` or `.../queries/<name>` with the input as body.
 *
 * @throws `LANGUAGE_DEFINITION_INVALID` when two routes have one method and path, or one takes a reserved path.
 */
export function gatewayOperations(
  system: System,
  { defaultRoutes: hasDefaults = true }: ServedParts = {},
): readonly GatewayOperation[] {
  const ids = new Set<string>()
  const gatewayRoutes = system.gateways.flatMap((gateway) =>
    gateway.routes.map((each) => {
      const id = freshId(ids, `${gateway.name}.${each.method.toLowerCase()}${pathWords(each.path)}`)
      return each.kind === 'route'
        ? directOperation(each, id, inputKind(each))
        : composedOperation(each, id, gateway.name)
    }),
  )
  const contracts = hasDefaults ? system.services.map(({ contract }) => contract) : []
  const defaultRoutes = contracts.flatMap((contract) => [
    ...memberRoutes(contract, 'commands', ids),
    ...memberRoutes(contract, 'queries', ids),
  ])
  const operations = [...gatewayRoutes, ...defaultRoutes]
  assertDistinct(operations)
  return operations
}

type AnyMember = OperationRoute['operation']

function memberRoutes(
  contract: System['services'][number]['contract'],
  part: 'commands' | 'queries',
  ids: Set<string>,
): DirectOperation[] {
  // Why the cast: a contract holds one operation type under the name of each command and query.
  const members = contract as unknown as Readonly<Record<string, AnyMember>>
  return Object.keys(contract.$spec[part] ?? {}).map((name) => {
    const operation = members[name]
    assertThat(operation !== undefined, `Contract "${contract.$name}" has lost its "${name}".`)
    const path = `/services/${contract.$name}/${part}/${name}`
    const made: OperationRoute = { kind: 'route', method: 'POST', path, operation, options: {} }
    const direct = directOperation(made, freshId(ids, operation.type), 'body')
    return { ...direct, tag: `${contract.$name} (default routes)` }
  })
}

function directOperation(
  definition: OperationRoute,
  id: string,
  inputFrom: DirectOperation['inputFrom'],
): DirectOperation {
  const { operation, options, method, path } = definition
  const inputSchema = renderJsonSchema(operation.spec.input, 'input')
  return {
    kind: operation.kind,
    id,
    method,
    path,
    pathParameters: parametersOf(path),
    tag: operation.service,
    summary:
      options.summary ??
      operation.spec.summary ??
      (inputFrom === 'body' ? operation.type : `${method} ${path}`),
    takesBody: bodyMethods.has(method) || options.body !== undefined,
    keyless: operation.kind === 'command' ? options.keyless : undefined,
    route: definition,
    type: operation.type,
    service: operation.service,
    spec: operation.spec,
    inputSchema,
    inputFrom,
    sentences: rejectionSentences(operation),
    input: options.input ?? inputReader(inputFrom, propertiesOf(inputSchema)),
    status: options.status ?? (operation.spec.output || operation.kind === 'query' ? 200 : 202),
  }
}

function composedOperation(definition: ComposedRoute, id: string, tag: string): ComposedOperation {
  const { method, path, options } = definition
  return {
    kind: 'composed',
    id,
    method,
    path,
    pathParameters: parametersOf(path),
    tag,
    summary: options.summary ?? `${method} ${path}`,
    takesBody: bodyMethods.has(method) || options.body !== undefined,
    keyless: options.keyless,
    route: definition,
  }
}

function inputKind(definition: OperationRoute): DirectOperation['inputFrom'] {
  return definition.options.input ? 'function' : 'parts'
}

/** Whether an `Idempotency-Key` makes one order of all requests that carry it. */
export function takesKey(operation: GatewayOperation): boolean {
  if (operation.kind !== 'command') return false
  return operation.keyless === undefined && operation.route.options.id === undefined
}

/** Status of a rejection on a route: as the route says, else 404 for `NotFound` and 409 for others. */
export function rejectionStatus(operation: DirectOperation, rejection: string): number {
  const statuses: Readonly<Record<string, number | undefined>> =
    operation.route.options.rejects ?? {}
  return statuses[rejection] ?? (rejection === 'NotFound' ? 404 : 409)
}

function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1] ?? '')
}

/** `/carts/{id}/items` as a name: `CartsIdItems`. */
function pathWords(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')
}

function freshId(taken: Set<string>, wanted: string): string {
  let id = wanted
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}${number}`
  taken.add(id)
  return id
}

function assertDistinct(operations: readonly GatewayOperation[]): void {
  const seen = new Set<string>()
  for (const { method, path } of operations) {
    if (reservedPaths.some((reserved) => path === reserved || path.startsWith(`${reserved}/`))) {
      throw definitionError(
        `Route ${method} ${path} takes a path that the server answers by itself (${reservedPaths.join(', ')}). Choose another path.`,
      )
    }
    const shape = `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`
    if (seen.has(shape)) {
      throw definitionError(`Two gateways serve ${method} ${path}. Keep one, or change a path.`)
    }
    seen.add(shape)
  }
}
