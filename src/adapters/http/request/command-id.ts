import { createHash } from 'node:crypto'
import { DureError } from '../../../language/errors.ts'

const keyPattern = /^[\x20-\x7e]{1,255}$/
/** As many characters as a command id may have. */
const commandIdCharsMax = 200

/**
 * Checks an idempotency key.
 *
 * @throws `HTTP_REQUEST_INVALID` when it is not 1 to 255 printable ASCII characters.
 */
export function checkIdempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || keyPattern.test(key)) return key
  throw new DureError(
    'HTTP_REQUEST_INVALID',
    'An Idempotency-Key is 1 to 255 printable ASCII characters. Send another one.',
  )
}

/**
 * Refuses an idempotency key where it would have no effect: its sender relies on it.
 *
 * @throws `HTTP_REQUEST_INVALID` when there is a key, and a reason against it.
 */
export function refuseKey(
  { idempotencyKey }: { readonly idempotencyKey: string | undefined },
  reason: string | undefined,
): void {
  if (idempotencyKey === undefined || reason === undefined) return
  throw new DureError(
    'HTTP_REQUEST_INVALID',
    `This route takes no Idempotency-Key: ${reason}. Leave the header out.`,
  )
}

/**
 * Makes the id of a command from the key of its caller.
 *
 * The id holds the operation and the actor, so that keys of different callers or operations never meet: a name
 * of an operation has no colon and no `#`, and those of the actor are encoded. A long id becomes a hash.
 */
export function commandId(operation: string, actor: string | undefined, key: string): string {
  const owner = actor === undefined ? '' : encodeURIComponent(actor.toWellFormed())
  const id = `${operation}:${owner}:${key}`
  if (id.length <= commandIdCharsMax) return id
  return `${operation}:#${createHash('sha256').update(`${owner}:${key}`).digest('base64url')}`
}
