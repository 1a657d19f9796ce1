import type { ComposedOperation } from '../../../gateway/index.ts'
import { definitionError } from '../../../language/errors.ts'
import type { RouteResponse } from '../../../language/gateway.ts'
import { refuseKey } from '../request/command-id.ts'
import { encodeToken } from '../request/consistency-token.ts'
import type { HttpCall } from '../served-route.ts'
import { renderJson } from './answer-operation.ts'
import { checkBody } from './check-body.ts'
import { type CallsOptions, routeCalls } from './route-calls.ts'
import type { Answer } from './send.ts'

/** Headers that describe the connection or the body: they are the server's to write. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'trailer',
])

/** Runs a composed route and renders its answer. */
export async function answerComposed(
  options: Omit<CallsOptions, 'route'>,
  operation: ComposedOperation,
  call: HttpCall,
): Promise<Answer> {
  const { route, id } = operation
  const { request } = call
  refuseKey(call, operation.keyless)
  if (route.options.body) await checkBody(route.options.body, request)
  const own = routeCalls({ ...options, route: id }, call)
  const response = await route.run(request, own.calls)
  const { status } = response
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw definitionError(
      `Route ${route.method} ${route.path} answered with status ${status}. Answer with 200 to 599.`,
    )
  }
  return renderResponse(response, encodeToken(own.token()))
}

/** A text under a content type of its own goes out as it is; everything else as JSON. */
function renderResponse(response: RouteResponse, token: string | undefined): Answer {
  const headers: string[] = []
  let ownType: string | undefined
  for (const [name, value] of Object.entries(response.headers ?? {})) {
    const lower = name.toLowerCase()
    if (lower === 'content-type') ownType = value
    else if (!ownHeaders.has(lower)) headers.push(lower, value)
  }
  if (token !== undefined) headers.push('consistency-token', token)
  const { status, body } = response
  if (ownType !== undefined && typeof body === 'string') {
    return { status, contentType: ownType, body, headers }
  }
  return { ...renderJson(status, body), ...(ownType && { contentType: ownType }), headers }
}
