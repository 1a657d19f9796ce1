// What went wrong, by the codes of Kafka's protocol.
import { ResponseError } from '@platformatic/kafka'
import { DureError, messageOf } from '../../language/errors.ts'

/** Refusals that no retry can help against: somebody has to change something. */
const lasting: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_CONFIG',
  'INVALID_RECORD',
  'INVALID_REPLICATION_FACTOR',
  'INVALID_TOPIC_EXCEPTION',
  'MESSAGE_TOO_LARGE',
  'POLICY_VIOLATION',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
])

/** What the server refused, such as "OFFSET_OUT_OF_RANGE"; undefined when it did not answer. */
export function refusalIn(error: unknown): string | undefined {
  const cause = error instanceof DureError ? error.cause : error
  if (!(cause instanceof ResponseError)) return undefined
  const first: unknown = cause.errors[0]
  if (typeof first !== 'object' || first === null || !('apiId' in first)) return undefined
  return String(first.apiId)
}

/** A failure of the client or an answer of the server, by a code. */
export function asFailure(cause: unknown, what: string): DureError {
  if (cause instanceof DureError) return cause
  const refusal = refusalIn(cause)
  if (refusal === undefined)
    return unavailable(`Kafka did not answer ${what}: ${reasonOf(cause)}.`, cause)
  const message = `Kafka refused ${what}: ${refusal}.`
  if (!lasting.has(refusal)) return unavailable(message, cause)
  return new DureError('BROKER_UNSUITABLE', message, { cause })
}

export function unavailable(message: string, cause?: unknown): DureError {
  return new DureError('BROKER_UNAVAILABLE', message, { cause })
}

export function unsuitable(message: string): DureError {
  return new DureError('BROKER_UNSUITABLE', message)
}

/** The client wraps what happened: the innermost says it. */
function reasonOf(cause: unknown): string {
  let inner = cause
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return messageOf(inner).replace(/\.$/, '')
}
