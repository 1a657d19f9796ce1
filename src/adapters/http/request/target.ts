import { DureError } from '../../../language/errors.ts'
import { printable } from './printable.ts'

/** The path and the query of a request, as they were sent. */
export interface Target {
  readonly path: string
  /** What follows the question mark; empty without one. */
  readonly query: string
}

/** A path of characters that RFC 3986 allows. */
const pathPattern = /^\/[\w/.~!$&'()*+,;=:@%-]*$/
/** A query of those, and of what browsers send although RFC 3986 says not to. */
const queryPattern = /^[\w/.~!$&'()*+,;=:@%?[\]|^`{}"<>-]*$/

/**
 * Splits a request target that has only one reading.
 *
 * Whatever a proxy, a router and an access rule could read in different ways is refused: another form than a
 * path, empty and dot segments however they are written, and encoded slashes.
 *
 * @throws `HTTP_REQUEST_INVALID`.
 */
export function parseTarget(url: string): Target {
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (!pathPattern.test(path)) {
    throw badTarget('it has to be a path that starts with a slash and holds no other characters')
  }
  if (path.includes('//')) throw badTarget('its path has an empty segment')
  if (path.includes('%') || path.includes('/.')) checkSegments(path)
  if (mark === -1) return { path, query: '' }
  const query = url.slice(mark + 1)
  if (!queryPattern.test(query)) throw badTarget('its query holds a character that is not allowed')
  return { path, query }
}

function checkSegments(path: string): void {
  for (const segment of path.split('/')) {
    const decoded = decodeText(segment, 'path')
    if (decoded === '.' || decoded === '..') throw badTarget('its path has a dot segment')
    if (/[/\\]/.test(decoded)) throw badTarget('its path has an encoded slash')
  }
}

/**
 * Decodes percent-encoding strictly.
 *
 * @throws `HTTP_REQUEST_INVALID` when an escape is broken, is not UTF-8, or hides a control character.
 */
export function decodeText(text: string, part: 'path' | 'query'): string {
  if (!text.includes('%')) return text
  const decoded = decodeOrUndefined(text)
  if (decoded === undefined) throw badTarget(`its ${part} has a broken percent-encoding`)
  if (/\p{Cc}/u.test(decoded)) throw badTarget(`its ${part} hides a control character`)
  return decoded
}

function decodeOrUndefined(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    // The only error of decodeURIComponent is that the text is not well formed.
    return undefined
  }
}

const dangerousNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses a query string into texts by name.
 *
 * @throws `HTTP_REQUEST_INVALID` when a name comes twice, is dangerous, or there are more than `max`.
 */
export function parseQuery(query: string, max: number): Record<string, string> {
  const texts: Record<string, string> = {}
  if (query === '') return texts
  const parts = query.split('&', max + 1)
  if (parts.length > max) throw badTarget(`its query has more than ${max} parameters`)
  for (const part of parts) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decodeForm(equals === -1 ? part : part.slice(0, equals))
    if (dangerousNames.has(name)) throw badTarget(`its query may not hold "${name}"`)
    if (Object.hasOwn(texts, name)) {
      throw badTarget(`its query holds "${printable(name)}" twice`)
    }
    texts[name] = equals === -1 ? '' : decodeForm(part.slice(equals + 1))
  }
  return texts
}

function decodeForm(text: string): string {
  return decodeText(text.includes('+') ? text.replaceAll('+', ' ') : text, 'query')
}

function badTarget(reason: string): DureError {
  return new DureError(
    'HTTP_REQUEST_INVALID',
    `The target of the request is not usable: ${reason}.`,
  )
}
