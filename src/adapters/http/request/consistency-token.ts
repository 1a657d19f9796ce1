import { DureError } from '../../../language/errors.ts'
import type { ConsistencyToken } from '../../../runtime/running-system.port.ts'

const tokenCharsMax = 4_096
const tokenPattern = /^[a-z][a-z0-9-]*=\d{1,16}(?:;[a-z][a-z0-9-]*=\d{1,16})*$/

/** Writes a token for a header: `order=12;stock=7`. Undefined when it says nothing. */
export function encodeToken(token: ConsistencyToken): string | undefined {
  let text = ''
  for (const service in token) text += `${text === '' ? '' : ';'}${service}=${token[service]}`
  return text === '' ? undefined : text
}

/**
 * Reads a token from a header.
 *
 * @throws `HTTP_REQUEST_INVALID` when it is not one that `encodeToken` wrote.
 */
export function decodeToken(text: string | undefined): ConsistencyToken | undefined {
  if (text === undefined) return undefined
  if (text.length > tokenCharsMax || !tokenPattern.test(text)) throw badToken()
  const parts = text.split(';').map((part) => {
    const equals = part.indexOf('=')
    return [part.slice(0, equals), Number(part.slice(equals + 1))] as const
  })
  const token = Object.fromEntries(parts)
  const isWhole = Object.keys(token).length === parts.length
  if (!isWhole || !Object.values(token).every(Number.isSafeInteger)) throw badToken()
  return token
}

/** The token that asks for both. */
export function joinTokens(
  one: ConsistencyToken | undefined,
  other: ConsistencyToken,
): ConsistencyToken {
  const joined: Record<string, number> = { ...one }
  for (const service in other) {
    joined[service] = Math.max(joined[service] ?? 0, other[service] ?? 0)
  }
  return joined
}

function badToken(): DureError {
  return new DureError(
    'HTTP_REQUEST_INVALID',
    'The Consistency-Token is not usable. Send it as a command was answered with it, or leave it out.',
  )
}
