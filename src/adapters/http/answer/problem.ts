import type { DirectOperation } from '../../../gateway/index.ts'
import type { DureError, ErrorCode, ErrorKind } from '../../../language/errors.ts'
import type { SchemaIssue } from '../../../language/schema.ts'

/** The body of an answer that says why not: problem details (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
  /** The name of the rejection, or the code of the error. */
  readonly code: string
  readonly data?: unknown
  readonly issues?: readonly SchemaIssue[]
  readonly requestId?: string
}

const statusByKind: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  exhausted: 503,
  unavailable: 503,
  timeout: 504,
  cancelled: 503,
  unsupported: 501,
  internal: 500,
}

/** Where HTTP has a number of its own. */
const statusByCode: Partial<Record<ErrorCode, number>> = {
  COMMAND_ID_REUSED: 422,
  HTTP_URL_TOO_LONG: 414,
  HTTP_HEADERS_TOO_LARGE: 431,
  HTTP_MEDIA_TYPE_UNSUPPORTED: 415,
  HTTP_METHOD_UNSUPPORTED: 405,
  HTTP_EXPECTATION_UNSUPPORTED: 417,
  HTTP_HOST_UNKNOWN: 421,
  HTTP_REQUEST_TIMEOUT: 408,
  LOG_ENTRY_TOO_LARGE: 413,
}

/**
 * Areas that speak to the caller.
 *
 * The messages of other areas may name files, hosts and causes, and what they call invalid or forbidden is not
 * what the caller asked.
 */
const outspokenAreas = /^(?:HTTP|COMMAND|QUERY|VIEW|PARKED|SAGA|SYSTEM)_/

/** The status that an error is answered with. */
export function statusOf(error: DureError): number {
  const own = statusByCode[error.code]
  if (own !== undefined) return own
  const status = statusByKind[error.entry.kind]
  if (outspokenAreas.test(error.code)) return status
  if (error.code.startsWith('STORE_')) return error.entry.kind === 'internal' ? 500 : 503
  return Math.max(status, 500)
}

/**
 * Says an error to the outside.
 *
 * Never with a stack, a cause or a detail of the inside: an internal error shows its code and the id of the
 * request, nothing else.
 */
export function problemOf(error: DureError, requestId: string | undefined): Problem {
  const status = statusOf(error)
  const isOpen = status !== 500 && outspokenAreas.test(error.code)
  const issues = issuesOf(error)
  return {
    type: `urn:dure:problem:${error.code}`,
    title: status === 500 ? 'The server could not answer this request.' : error.entry.summary,
    status,
    ...(isOpen && { detail: error.message }),
    code: error.code,
    ...(isOpen && issues.length > 0 && { issues }),
    ...(requestId !== undefined && { requestId }),
  }
}

function issuesOf({ details }: DureError): readonly SchemaIssue[] {
  const { issues } = details
  if (!Array.isArray(issues)) return []
  return issues.filter(isIssue).map(({ path, message }) => ({ path, message }))
}

function isIssue(value: unknown): value is SchemaIssue {
  if (typeof value !== 'object' || value === null) return false
  const { path, message }: Partial<SchemaIssue> = value
  return typeof path === 'string' && typeof message === 'string'
}

/** What a problem says when it was said before, and may be untrue by now. */
const saidBefore = 'This is the answer of the first time: a repeated request is not decided anew.'

/** Says a business "no" to the outside; one that was said before says so. */
export function problemOfRejection(
  { type, sentences }: Pick<DirectOperation, 'type' | 'sentences'>,
  rejection: { readonly rejected: string; readonly data: unknown; readonly repeated?: boolean },
  status: number,
): Problem {
  const { rejected, data, repeated = false } = rejection
  const sentence = sentences[rejected] ?? `${type} was rejected: ${rejected}.`
  return {
    type: `urn:dure:rejection:${type}:${rejected}`,
    title: rejected,
    status,
    detail: repeated ? `${sentence} ${saidBefore}` : sentence,
    code: rejected,
    data,
  }
}

/** Whether asking the same again soon can help. */
export function isWorthRetrying(error: DureError): boolean {
  return error.entry.retry === 'same-request' && statusOf(error) === 503
}
