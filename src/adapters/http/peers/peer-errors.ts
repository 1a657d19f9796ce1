// What becomes of a question that got no answer.
import { errors } from 'undici'
import type { PeerQuestion } from '../../../calls/peer.port.ts'
import { DureError, messageOf } from '../../../language/errors.ts'

/** The failure behind a status other than 200. */
export function refusal(status: number, question: PeerQuestion): DureError {
  switch (status) {
    case 401:
      return failed('CALL_DENIED', question, { why: 'it has another secret' })
    case 413:
      return failed('CALL_TOO_LARGE', question, { why: 'the question is too large' })
    default:
      return failed('CALL_UNREACHABLE', question, { why: `it answers with ${status}` })
  }
}

/** Failures before anything was sent: nothing was done then. */
const unsent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The failure behind an error of the connection. */
export function failure(error: unknown, question: PeerQuestion): DureError {
  if (error instanceof DureError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = messageOf(error)
  if (unsent.has(code)) return failed('CALL_UNREACHABLE', question, { why, cause: error })
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return failed('CALL_TOO_LARGE', question, { why: 'the answer is too large', cause: error })
  const isLate =
    error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError
  return failed(isLate ? 'CALL_TIMEOUT' : 'CALL_INTERRUPTED', question, { why, cause: error })
}

type CallCode =
  | 'CALL_UNREACHABLE'
  | 'CALL_INTERRUPTED'
  | 'CALL_TIMEOUT'
  | 'CALL_DENIED'
  | 'CALL_TOO_LARGE'

interface Why {
  readonly why: string
  readonly cause?: unknown
}

/** A failure that tells where, what, and why. */
export function failed(
  code: CallCode,
  { address, name }: PeerQuestion,
  { why, cause }: Why,
): DureError {
  return new DureError(code, `The process at ${address} gave no answer to "${name}": ${why}.`, {
    cause,
    details: { address, name },
  })
}
