import type { DureError } from '../../../language/errors.ts'
import { isWorthRetrying, problemOf } from './problem.ts'
import { type Answer, problemType } from './send.ts'

/** The answer to a request that is not carried out, with the headers that belong to its status. */
export function renderRefusal(error: DureError, requestId: string | undefined): Answer {
  const problem = problemOf(error, requestId)
  const headers: string[] = []
  if (isWorthRetrying(error)) headers.push('retry-after', '1')
  if (error.code === 'HTTP_CALLER_UNKNOWN') headers.push('www-authenticate', 'Bearer')
  const { allowed } = error.details
  if (error.code === 'HTTP_METHOD_UNSUPPORTED' && Array.isArray(allowed)) {
    headers.push('allow', allowed.join(', '))
  }
  return {
    status: problem.status,
    contentType: problemType,
    body: JSON.stringify(problem),
    headers,
  }
}
