import { DureError } from '../../../language/errors.ts'
import type { ConsistencyToken } from '../../../runtime/running-system.port.ts'

const tokenCharsMax = 4_096
/** Topics with positions: `order/0=12;stock/0=7`. */
const tokenPattern = /^[a-z][a-z0-9-]*\/\d{1,5}=\d{1,16}(?:;[a-z][a-z0-9-]*\/\d{1,5}=\d{1,16})*$/

/** Writes a token for a header: `order/0=12;stock/0=7`. Undefined when it says nothing. */
export function encodeToken(token: ConsistencyToken): string | undefined {
  let text = ''
  for (const topic in token) text += `${text === '' ? '' : ';'}${topic}=${token[topic]}`
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
  for (const topic in other) {
    joined[topic] = Math.max(joined[topic] ?? 0, other[topic] ?? 0)
  }
  return joined
}

/** What a token says of other services than these: an erased log begins anew. */
export function forgetServices(
  token: ConsistencyToken,
  services: readonly string[],
): ConsistencyToken {
  const others = Object.entries(token).filter(
    ([topic]) => !services.some((service) => topic.startsWith(`${service}/`)),
  )
  return Object.fromEntries(others)
}

function badToken(): DureError {
  return new DureError(
    'HTTP_REQUEST_INVALID',
    'The Consistency-Token is not usable. Send it as a command was answered with it, or leave it out.',
  )
}
