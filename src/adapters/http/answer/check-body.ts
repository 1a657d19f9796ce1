import { DureError } from '../../../language/errors.ts'
import { checkSchema, type Schema } from '../../../language/schema.ts'
import type { ReceivedRequest } from '../request/received-request.ts'

/**
 * Checks the body of a request against the schema that its route declares, and puts what the schema made of it
 * in its place.
 *
 * @throws `HTTP_BODY_INVALID` with the issues.
 */
export async function checkBody(schema: Schema, request: ReceivedRequest): Promise<void> {
  const checking = checkSchema(schema, request.body)
  const checked = checking instanceof Promise ? await checking : checking
  if (checked.ok) {
    request.body = checked.value
    return
  }
  const [first] = checked.issues
  const where = first?.path ? `"${first.path}": ` : ''
  throw new DureError(
    'HTTP_BODY_INVALID',
    `The body does not fit: ${where}${first?.message ?? 'invalid'}.`,
    { details: { issues: checked.issues } },
  )
}
