import type { CallOptions, ConsistencyToken } from '../../runtime/running-system.port.ts'
import type { Answer } from './answer/send.ts'
import type { ReceivedRequest } from './request/received-request.ts'

/** Who sends a request, as far as the server trusts it. */
export interface Caller {
  readonly actor?: string
  readonly tenant?: string
}

/** A request on its way through a route. */
export interface HttpCall {
  readonly request: ReceivedRequest
  readonly caller: Caller
  /** When the answer has to be there, in milliseconds since 1970 UTC. */
  readonly deadlineMs: number
  /** Checked, but not yet bound to the caller and an operation. */
  readonly idempotencyKey: string | undefined
  readonly token: ConsistencyToken | undefined
  readonly trace: string | undefined
}

/** What the server does for one method and path. */
export interface ServedRoute {
  readonly method: string
  readonly path: string
  readonly takesBody: boolean
  readonly takesQuery: boolean
  readonly bodyBytesMax: number
  /** Whether the route is answered while the server stops. */
  readonly isAlwaysOpen: boolean
  /** Whether it may change something. */
  readonly isWork: boolean
  readonly answer: (call: HttpCall) => Promise<Answer>
}

/** What is known of a call, in the words of the running system. */
export function callOptions(call: HttpCall, id?: string): CallOptions {
  const { actor, tenant } = call.caller
  return {
    deadlineMs: call.deadlineMs,
    ...(id !== undefined && { id }),
    ...(actor !== undefined && { actor }),
    ...(tenant !== undefined && { tenant }),
    ...(call.trace !== undefined && { trace: call.trace }),
  }
}
