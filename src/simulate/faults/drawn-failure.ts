import { DureError, type ErrorCode } from '../../language/errors.ts'

/**
 * A failure that the world has drawn.
 *
 * It does not say where it was made: that is always here, and to find it out costs more than all else of it.
 */
export function drawnFailure(code: ErrorCode, message: string): DureError {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new DureError(code, message)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
