import type { DirectOperation } from '../../../gateway/index.ts'
import { rejectionStatus } from '../../../gateway/index.ts'
import type { RouteRequest } from '../../../language/gateway.ts'
import type { Command, Outcome, Query } from '../../../language/message.ts'
import type { RunningSystem } from '../../../runtime/running-system.port.ts'
import { commandId, refuseKey } from '../request/command-id.ts'
import { encodeToken } from '../request/consistency-token.ts'
import { callOptions, type HttpCall } from '../served-route.ts'
import { checkBody } from './check-body.ts'
import { problemOfRejection } from './problem.ts'
import { type Answer, jsonType, problemType } from './send.ts'

/** Runs the command of a route and renders its outcome. */
export async function answerCommand(
  running: RunningSystem,
  operation: DirectOperation,
  call: HttpCall,
): Promise<Answer> {
  const { options } = operation.route
  const { request } = call
  refuseKey(call, operation.keyless)
  if (options.body) await checkBody(options.body, request)
  const command = operation.route.operation(operation.input(request)) as Command
  const given = options.id?.(request, { epoch: running.epoch })
  if (given !== undefined) refuseKey(call, 'its identity comes from the request itself')
  const answer = await running.execute(
    command,
    callOptions(call, given ?? keyedId(operation, call)),
  )
  const headers: string[] = []
  const token = encodeToken(answer.token)
  if (token !== undefined) headers.push('consistency-token', token)
  if (answer.repeated) headers.push('idempotency-replayed', 'true')
  if (!answer.ok) return { ...answerRejection(operation, answer), headers }
  const accepted = operation.spec.output || options.reply ? answer.output : { id: answer.id }
  return { ...answerSuccess(operation, accepted, request), headers }
}

/** Runs the query of a route and renders its outcome. */
export async function answerQuery(
  running: RunningSystem,
  operation: DirectOperation,
  call: HttpCall,
): Promise<Answer> {
  const { options } = operation.route
  const { request } = call
  if (options.body) await checkBody(options.body, request)
  const query = operation.route.operation(operation.input(request)) as Query
  const { token } = call
  const outcome = await running.query(query, {
    ...callOptions(call),
    ...(token !== undefined && { token }),
  })
  return outcome.ok
    ? answerSuccess(operation, outcome.output, request)
    : answerRejection(operation, outcome)
}

function keyedId(operation: DirectOperation, call: HttpCall): string | undefined {
  const { idempotencyKey, caller } = call
  if (idempotencyKey === undefined) return undefined
  return commandId(operation.type, caller.actor, idempotencyKey)
}

function answerSuccess(
  { status, route }: DirectOperation,
  output: unknown,
  request: RouteRequest,
): Answer {
  const { reply } = route.options
  return renderJson(status, reply ? reply(output, request) : output)
}

/** An answer with a JSON body; without one when there is nothing to say, or the status allows none. */
export function renderJson(status: number, value: unknown): Answer {
  if (value === undefined || status === 204) return { status, contentType: jsonType }
  return { status, contentType: jsonType, body: JSON.stringify(value) }
}

function answerRejection(
  operation: DirectOperation,
  outcome: Extract<Outcome, { readonly ok: false }> & { readonly repeated?: boolean },
): Answer {
  const status = rejectionStatus(operation, outcome.rejected)
  const problem = problemOfRejection(operation, outcome, status)
  return { status, contentType: problemType, body: JSON.stringify(problem) }
}
