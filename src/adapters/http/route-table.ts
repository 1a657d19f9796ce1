import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { DureError } from '../../language/errors.ts'
import { decodeText } from './request/target.ts'

/** Something that has a method and a path with `{parameters}`. */
export interface Routed {
  readonly method: string
  readonly path: string
}

export interface Found<R extends Routed> {
  readonly route: R
  /** Values of the path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
}

/** Finds routes by method and path. */
export interface RouteTable<R extends Routed> {
  /** @throws `HTTP_ROUTE_UNKNOWN`, `HTTP_METHOD_UNSUPPORTED` with the methods that the path has. */
  find(method: string, path: string): Found<R>
  /** The methods that a path can be asked with. */
  methodsOf(path: string): readonly string[]
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const noParams: Readonly<Record<string, string>> = Object.freeze({})

/** Creates a table. Of two routes that match, the one that spells out more of the path is found. */
export function createRouteTable<R extends Routed>(routes: readonly R[]): RouteTable<R> {
  const router = new SmartRouter<R>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const route of routes.toSorted(bySpelledOut)) {
    router.add(route.method, route.path.replaceAll(/\{([^}]*)\}/g, ':$1'), route)
  }
  const match = (method: string, path: string): Found<R> | undefined => {
    const [handlers, stash] = router.match(method, path)
    const first = handlers[0]
    if (!first) return undefined
    return { route: first[0], params: paramsOf(first[1], stash) }
  }
  // The router takes no routes after its first match, and chooses its way then: not in the first request.
  match('GET', '/')
  const methodsOf = (path: string): readonly string[] => {
    const allowed = methods.filter((each) => match(each, path) !== undefined)
    return allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed
  }
  return {
    find(method, path) {
      const found = match(method === 'HEAD' ? 'GET' : method, path)
      if (found) return found
      throw notFound(method, methodsOf(path))
    },
    methodsOf,
  }
}

function paramsOf(
  indexes: Readonly<Record<string, number | string>>,
  stash: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  let params: Record<string, string> | undefined
  for (const name in indexes) {
    const index = indexes[name]
    const text = typeof index === 'number' ? stash?.[index] : index
    params ??= {}
    params[name] = decodeText(text ?? '', 'path')
  }
  return params ?? noParams
}

/** Spelled-out segments come before parameters, from the left. Only paths of one length can match one request. */
function bySpelledOut(one: Routed, other: Routed): number {
  const [left, right] = [one.path.split('/'), other.path.split('/')]
  if (left.length !== right.length) return left.length - right.length
  for (let at = 0; at < left.length; at += 1) {
    const difference = Number(isParameter(left[at])) - Number(isParameter(right[at]))
    if (difference !== 0) return difference
  }
  return 0
}

function isParameter(segment: string | undefined): boolean {
  return segment?.startsWith('{') === true
}

function notFound(method: string, allowed: readonly string[]): DureError {
  if (allowed.length === 0 && method !== 'TRACE') {
    return new DureError('HTTP_ROUTE_UNKNOWN', 'No route has this path. See /openapi.json for all.')
  }
  return new DureError(
    'HTTP_METHOD_UNSUPPORTED',
    `The path cannot be asked with ${method}. It takes: ${allowed.join(', ') || 'nothing'}.`,
    { details: { allowed } },
  )
}
