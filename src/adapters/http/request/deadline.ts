import { DureError } from '../../../language/errors.ts'

/**
 * Picks when an answer has to be there: as soon as the caller asks, at the server's maximum at the latest.
 *
 * @throws `HTTP_REQUEST_INVALID` when the header is not a number of milliseconds.
 */
export function resolveDeadline(
  requestTimeoutMs: string | undefined,
  nowMs: number,
  timeoutMsMax: number,
): number {
  if (requestTimeoutMs === undefined) return nowMs + timeoutMsMax
  if (!/^[1-9]\d{0,9}$/.test(requestTimeoutMs)) {
    throw new DureError(
      'HTTP_REQUEST_INVALID',
      'Request-Timeout-Ms is a whole number of milliseconds above 0.',
    )
  }
  return nowMs + Math.min(Number(requestTimeoutMs), timeoutMsMax)
}
