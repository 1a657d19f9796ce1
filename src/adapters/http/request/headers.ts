import { DureError } from '../../../language/errors.ts'

/** The headers that the server itself reads, as they were sent. */
export interface KnownHeaders {
  host: string | undefined
  contentType: string | undefined
  contentEncoding: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  authorization: string | undefined
  idempotencyKey: string | undefined
  consistencyToken: string | undefined
  requestTimeoutMs: string | undefined
  traceparent: string | undefined
  origin: string | undefined
  fetchSite: string | undefined
}

/** Headers of which a second copy means that two readers may see two different requests. */
const single: ReadonlyMap<string, keyof KnownHeaders> = new Map([
  ['host', 'host'],
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  ['authorization', 'authorization'],
  ['idempotency-key', 'idempotencyKey'],
  ['consistency-token', 'consistencyToken'],
  ['request-timeout-ms', 'requestTimeoutMs'],
  ['traceparent', 'traceparent'],
  ['origin', 'origin'],
  ['sec-fetch-site', 'fetchSite'],
])

/** Lists of header names that the sender asks to be taken off: names that matter must not be among them. */
const nameLists: ReadonlySet<string> = new Set(['connection', 'trailer'])

/**
 * Reads the headers that the server knows, from Node's flat list of names and values.
 *
 * @throws `HTTP_REQUEST_INVALID` when one of them comes twice, or is asked to be taken off on the way.
 */
export function readHeaders(rawHeaders: readonly string[]): KnownHeaders {
  const known = noHeaders()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const field = single.get(name)
    if (field !== undefined) {
      if (known[field] !== undefined) throw twice(name)
      known[field] = rawHeaders[index + 1]
    } else if (nameLists.has(name)) checkNameList(name, rawHeaders[index + 1] ?? '')
  }
  return known
}

function noHeaders(): KnownHeaders {
  return {
    host: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    authorization: undefined,
    idempotencyKey: undefined,
    consistencyToken: undefined,
    requestTimeoutMs: undefined,
    traceparent: undefined,
    origin: undefined,
    fetchSite: undefined,
  }
}

function checkNameList(header: string, value: string): void {
  if (value === 'keep-alive' || value === 'close') return
  for (const name of value.toLowerCase().split(',')) {
    if (!single.has(name.trim())) continue
    throw new DureError(
      'HTTP_REQUEST_INVALID',
      `The header ${header} may not name ${name.trim()}: that header has to arrive as it was sent.`,
    )
  }
}

function twice(name: string): DureError {
  return new DureError('HTTP_REQUEST_INVALID', `The header ${name} comes twice. Send it once.`)
}

/** All headers by their names in lower case; of one that comes twice, the values joined by a comma. */
export function allHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const all: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    const before = Object.hasOwn(all, name) ? all[name] : undefined
    // Why not a plain assignment: a header may be called "__proto__".
    Object.defineProperty(all, name, {
      value: before === undefined ? value : `${before}, ${value}`,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return all
}
